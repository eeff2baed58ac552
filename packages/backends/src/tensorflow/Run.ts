/** Runs a command to its end and keeps what it said; interrupting the fiber kills it. */
import { spawn } from "node:child_process"
import { Effect } from "effect"

export interface Result {
  /** False when there is no such command. */
  readonly found: boolean
  /** Exit status; null when a signal ended it or it never started. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface Options {
  readonly env?: NodeJS.ProcessEnv
  /** Lets the user watch: what the command prints goes to our stderr (its stderr is still kept, not shown). */
  readonly watch?: boolean
}

const notFound: Result = { found: false, status: null, signal: null, out: "", err: "" }

export const run = (command: string, args: ReadonlyArray<string>, options: Options = {}): Effect.Effect<Result> =>
  Effect.callback<Result>((resume) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      stdio: ["ignore", options.watch === true ? 2 : "pipe", "pipe"]
    })
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk))
    child.on("error", (cause) => resume(Effect.succeed({ ...notFound, err: cause.message })))
    child.on("close", (status, signal) =>
      resume(Effect.succeed({ found: true, status, signal, out: text(out), err: text(err) }))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** The line of a failed command that says most: its first error, else its last line. */
export const complaint = (result: Result): string => {
  const lines = result.err.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]))
  const said = lines.find((line) => /(^|\s)\w*error:/i.test(line)) ?? lines.at(-1)
  return (
    said?.replace(/^error: /i, "") ??
    (result.signal === null ? `exit status ${result.status}` : `ended by ${result.signal}`)
  )
}

const text = (chunks: ReadonlyArray<Buffer>): string => Buffer.concat(chunks).toString("utf8")
