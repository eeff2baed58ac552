/** The agent as a service: `main --release DIR --state DIR [--trusted DIR] [--socket PATH] [--port N] [--root DIR]`. */
import { mkdirSync, realpathSync } from "node:fs"
import { availableParallelism } from "node:os"
import { dirname, join, resolve } from "node:path"
import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Effect } from "effect"
import { AgentError, reason } from "./AgentError.ts"
import * as Release from "./Release.ts"
import * as Service from "./Service.ts"
import * as Succession from "./Succession.ts"
import * as Versions from "./Versions.ts"

const usage = "main --release DIR --state DIR [--trusted DIR] [--socket PATH] [--port N] [--root DIR]"

const options = {
  release: { type: "string" },
  state: { type: "string" },
  trusted: { type: "string" },
  socket: { type: "string" },
  port: { type: "string" },
  root: { type: "string" }
} as const

const asked = () => {
  try {
    const { release, state, port = "8787", root = "/", ...paths } = parseArgs({ options }).values
    if (release === undefined || state === undefined) throw new Error("--release and --state are needed")
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new Error("--port must be from 0 to 65535")
    const home = resolve(state)
    const { trusted = join(dirname(home), "keys"), socket = join(home, "agent.sock") } = paths
    const current = join(dirname(home), "current/app")
    return { release: resolve(release), current, state: home, trusted, socket, port: Number(port), root }
  } catch (error) {
    throw new AgentError({ message: `${reason(error)}; ${usage}.` })
  }
}

const main = Effect.gen(function* () {
  const calls = yield* Succession.calls
  const { release, current, trusted, ...place } = yield* attempt(asked)
  yield* attempt(() => mkdirSync(place.state, { recursive: true, mode: 0o700 }))
  const versions = yield* Versions.all(availableParallelism())
  const open = (folder: string) =>
    Effect.tryPromise({
      try: () => Release.open(folder, trusted, versions),
      catch: (error) => error as Error
    })
  const first = yield* open(release)
  const next = Effect.flatMap(
    attempt(() => realpathSync(current)),
    open
  )
  const manager = yield* Service.open(place.state)
  const serve = ({ subject, device }: Release.Opened) => Service.serve({ ...place, subject, device }, manager)
  yield* Succession.run({ calls, first, next, serve, log: manager.log })
}).pipe(Effect.scoped)

const attempt = <A>(action: () => A): Effect.Effect<A, Error> =>
  Effect.try({ try: action, catch: (error) => error as Error })

/** Errors that name their remedy are printed as they are; anything else is a bug and shows where it happened. */
const explain = (cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    if (Cause.hasInterruptsOnly(cause)) return
    const error = Cause.squash(cause)
    const isExpected = typeof error === "object" && error !== null && "_tag" in error && "message" in error
    process.stderr.write(`${isExpected ? String(error.message) : Cause.pretty(cause)}\n`)
  })

NodeRuntime.runMain(Effect.tapCause(main, explain), { disableErrorReporting: true })
