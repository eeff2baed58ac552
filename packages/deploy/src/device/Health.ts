/** Asks the agent over its socket how it does. */
import { connect } from "node:net"
import { join } from "node:path"

export interface Answer {
  /** HTTP status, or 0 where nobody answered. */
  readonly status: number
  readonly body: { readonly [field: string]: unknown }
}

export const socket = (root: string): string => join(root, "state/agent.sock")

/** One question; never rejects. Written out, as `node:http` takes longer to load than the agent to answer. */
export const ask = (path: string, seconds = 5): Promise<Answer> =>
  new Promise((resolve) => {
    const chunks: Array<Buffer> = []
    const asking = connect(path)
    asking.setTimeout(seconds * 1000, () => asking.destroy())
    asking.on("data", (chunk) => chunks.push(chunk))
    asking.on("error", () => {}) // told by what was answered so far
    asking.on("close", () => resolve(answer(Buffer.concat(chunks).toString())))
    asking.write("GET /health HTTP/1.0\r\n\r\n")
  })

const answer = (text: string): Answer => {
  const [, status, body = ""] = /^HTTP\/1\.\d (\d{3}) .*?\r\n\r\n(.*)$/s.exec(text) ?? []
  return status === undefined ? nobody : { status: Number(status), body: parsed(body) }
}

const nobody: Answer = { status: 0, body: {} }

const parsed = (text: string): Answer["body"] => {
  try {
    return JSON.parse(text)
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
  /** Ends it too, while nobody answers. */
  readonly isGone?: () => boolean
}

/** Waits until the agent of this release answers that it works; gives what was wrong at last otherwise. */
export const wait = async (
  path: string,
  release: number,
  { seconds, isLost, isGone = () => false }: Patience
): Promise<string | undefined> => {
  const until = performance.now() + seconds * 1000
  let why = "it did not answer"
  while (performance.now() < until && !isLost()) {
    const { status, body } = await ask(path)
    if (status === 200 && body.release === release) return undefined
    why = told({ status, body })
    if (status === 0 && isGone()) break
    await new Promise((resume) => setTimeout(resume, 100))
  }
  return isLost() ? "the connection was lost" : why
}
