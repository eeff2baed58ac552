/** Asks the agent over its socket how it does. */
import { request } from "node:http"
import { join } from "node:path"

export interface Answer {
  /** HTTP status, or 0 where nobody answered. */
  readonly status: number
  readonly body: { readonly [field: string]: unknown }
}

export const socket = (root: string): string => join(root, "state/agent.sock")

/** One question; never rejects. */
export const ask = (path: string, seconds = 5): Promise<Answer> =>
  new Promise((resolve) => {
    const question = request({ socketPath: path, path: "/health", timeout: seconds * 1000 }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks)) }))
      response.on("error", () => resolve(nobody))
    })
    question.on("timeout", () => question.destroy())
    question.on("error", () => resolve(nobody))
    question.end()
  })

const nobody: Answer = { status: 0, body: {} }

const parsed = (bytes: Buffer): Answer["body"] => {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return {}
  }
}

/** What an answer that is not the right one says. */
const told = ({ status, body: { error } }: Answer): string => {
  if (status === 0) return "it did not answer"
  if (status === 200) return "another release answered"
  return typeof error === "string" ? error.replace(/\.$/, "") : `it answered ${status}`
}

export interface Patience {
  readonly seconds: number
  /** Ends the wait before its time. */
  readonly isLost: () => boolean
}

/** Waits until the agent of this release answers that it works; gives what was wrong at last otherwise. */
export const wait = async (
  path: string,
  release: number,
  { seconds, isLost }: Patience
): Promise<string | undefined> => {
  const until = performance.now() + seconds * 1000
  let why = "it did not answer"
  while (performance.now() < until && !isLost()) {
    const { status, body } = await ask(path)
    if (status === 200 && body.release === release) return undefined
    why = told({ status, body })
    await new Promise((resume) => setTimeout(resume, 250))
  }
  return isLost() ? "the connection was lost" : why
}
