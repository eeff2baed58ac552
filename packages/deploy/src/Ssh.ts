/**
 * The user's own `ssh`, with the user's own configuration, keys and agent. What one command does shares a connection
 * with the next where ssh can (ControlMaster); a password is asked for at most once.
 *
 * `$EDGEOL_SSH` names another command, as in `ssh -F file`.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { DeployError } from "./DeployError.ts"

export interface Host {
  readonly name: string
  readonly command: ReadonlyArray<string>
}

export interface Ended {
  readonly status: number
  readonly out: string
  readonly err: string
}

export interface Options {
  /** What the script reads; nothing without it. `hold`: nothing either, but its input stays open until it ends. */
  readonly input?: Readable | "hold"
  /** Its input stays open behind what it reads, too. */
  readonly hold?: boolean
  /** Takes what the script prints, which is then not kept. */
  readonly output?: (chunk: Buffer) => void
}

/** A host that several scripts are run on, its connection closed with the scope. */
export const open = (name: string) =>
  Effect.acquireRelease(
    Effect.suspend(() => (/^[^-\s][^\s]*$/.test(name) ? Effect.succeed(connected(name)) : Effect.fail(unnamed(name)))),
    ({ host, folder }) =>
      Effect.andThen(
        Effect.promise(() => exit(host)),
        Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      )
  ).pipe(Effect.map(({ host }) => host))

const unnamed = (name: string) =>
  new DeployError({ message: `"${name}" names no host; write user@host, or a name from your ssh configuration.` })

const connected = (name: string) => {
  // Short: the path of a socket has at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), "edgeol-"))
  const sharing = ["ControlMaster=auto", `ControlPath=${join(folder, "%C")}`, "ControlPersist=30"]
  const patience = ["ConnectTimeout=15", "ServerAliveInterval=5", "ServerAliveCountMax=3"]
  const [program = "ssh", ...rest] = (process.env.EDGEOL_SSH ?? "ssh").split(" ")
  const options = [...sharing, ...patience].flatMap((option) => ["-o", option])
  return { host: { name, command: [program, ...rest, ...options] }, folder }
}

/** Ends the shared connection, if there is one. */
const exit = ({ name, command }: Host): Promise<void> =>
  new Promise((resolve) => {
    const [program = "ssh", ...args] = command
    const child = spawn(program, [...args, "-O", "exit", "--", name], { stdio: "ignore" })
    child.once("error", () => resolve())
    child.once("close", () => resolve())
  })

/** Runs a script of POSIX sh on the host to its end, with `$1`, `$2`, … Fails where it could not be reached or was cut off. */
export const run = (
  host: Host,
  script: string,
  args: ReadonlyArray<string> = [],
  options: Options = {}
): Effect.Effect<Ended, DeployError> =>
  Effect.flatMap(
    Effect.callback<Ended, DeployError>((resume) => {
      const child = start(host, script, args, options)
      const kept = { out: "", err: "" }
      child.stdout.on("data", options.output ?? ((chunk: Buffer) => (kept.out += chunk.toString())))
      child.stderr.on("data", (chunk: Buffer) => (kept.err += chunk.toString()))
      child.once("error", (error) => resume(Effect.fail(noSsh(error))))
      child.once("close", (status) => resume(Effect.succeed({ status: status ?? 255, ...kept })))
      return Effect.sync(() => void child.kill())
    }),
    (ended) => (ended.status === 255 ? Effect.fail(lost(host, ended.err)) : Effect.succeed(ended))
  )

const start = (
  { name, command }: Host,
  script: string,
  args: ReadonlyArray<string>,
  { input, hold = false }: Options
) => {
  const [program = "ssh", ...rest] = command
  const remote = ["sh", "-c", script, "edgeol", ...args].map(quoted).join(" ")
  const child = spawn(program, [...rest, "--", name, remote], { stdio: ["pipe", "pipe", "pipe"] })
  child.stdin.on("error", () => {}) // the end of the script tells why it reads no more
  if (input === undefined) child.stdin.end()
  else if (input !== "hold") void pipeline(input, child.stdin, { end: !hold }).catch(() => {})
  return child
}

/** For any POSIX shell, and fish. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`

const noSsh = (error: Error) =>
  new DeployError({ message: `ssh cannot be started (${error.message}); install it (apt-get install openssh-client).` })

const lost = ({ name }: Host, said: string) =>
  new DeployError({
    message: `The connection to ${name} failed or was lost${why(said)}; what ran there runs on, try again.`
  })

const why = (said: string): string => {
  const last = said.trim().split("\n").at(-1)?.trim().replace(/\.$/, "") ?? ""
  return last === "" ? "" : ` (${last})`
}

/** As `run`, and fails with what the script said where its status is not 0. */
export const succeed = (host: Host, script: string, args: ReadonlyArray<string> = [], options: Options = {}) =>
  Effect.flatMap(run(host, script, args, options), (ended) =>
    ended.status === 0
      ? Effect.succeed(ended.out)
      : Effect.fail(
          new DeployError({
            message: `A command on ${host.name} failed with status ${ended.status}${why(ended.err)}; nothing was changed.`
          })
        )
  )
