/**
 * Power modes by name: list, query, set, and restored when the scope ends or, after a crash, at the next start.
 *
 * A mode is set through `nvpmodel`, which asks on the terminal before a reboot: it gets no answer, and the caller a
 * `NeedsReboot`. What was set before stands in a small file as long as edgeol has changed it.
 */
import type { Scope } from "effect"
import { Effect } from "effect"
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Runner } from "./Command.ts"
import * as Command from "./Command.ts"
import * as Sysfs from "./internal/sysfs.ts"
import type { Config } from "./NvpmodelConf.ts"
import * as NvpmodelConf from "./NvpmodelConf.ts"
import type { PowerModeError } from "./PowerModeError.ts"
import { because } from "./PowerModeError.ts"

export interface Modes {
  readonly config: Config
  /** The mode that is set now. */
  readonly current: Effect.Effect<CurrentMode, PowerModeError>
  /** Sets a mode by name and checks that it is set. */
  readonly set: (name: string) => Effect.Effect<void, PowerModeError>
  /** Sets a mode until the scope ends; the one before is kept on disk until it is back. */
  readonly use: (name: string) => Effect.Effect<void, PowerModeError, Scope.Scope>
  /** Restores what a run that crashed had changed; the name of the mode, or undefined when there was nothing to do. */
  readonly recover: Effect.Effect<string | undefined, PowerModeError>
}

export interface CurrentMode {
  readonly name: string
  readonly id: number | undefined
}

export interface Options {
  readonly root?: string
  readonly run?: Runner
  /** Holds the mode to restore. */
  readonly stateFile?: string
}

/** Reads the board's modes. */
export const make = Effect.fnUntraced(function* (options: Options = {}): Effect.fn.Return<Modes, PowerModeError> {
  const root = options.root ?? "/"
  const run = options.run ?? Command.runner()
  const stateFile = options.stateFile ?? join(root, "var/tmp/edgeol/power-mode.json")
  const config = yield* read(join(root, "etc/nvpmodel.conf"))
  const current = Effect.flatMap(run("nvpmodel", ["-q"]), ({ text }) => parseQuery(text))
  const set = (name: string) => setMode(config, run, current, name)
  const recover = Effect.gen(function* () {
    const before = yield* saved(stateFile)
    if (before === undefined) return undefined
    yield* set(before)
    yield* forget(stateFile)
    return before
  })
  const restore = (name: string) => Effect.andThen(set(name), forget(stateFile))
  const use = Effect.fnUntraced(function* (name: string) {
    const before = (yield* saved(stateFile)) ?? (yield* current).name
    if ((yield* current).name === name) return
    yield* keep(stateFile, before)
    // When the mode cannot even be set there is nothing to restore.
    yield* Effect.acquireRelease(
      Effect.onError(set(name), () => Effect.ignore(forget(stateFile))),
      () => Effect.ignore(restore(before))
    )
  })
  return { config, current, set, use, recover }
})

const read = (file: string): Effect.Effect<Config, PowerModeError> => {
  const text = Sysfs.whole(file)
  if (text === undefined)
    return Effect.fail(because("NoConfig", `${file} cannot be read: power modes exist on a Jetson only.`))
  const config = NvpmodelConf.parse(text)
  const first = config.problems[0]
  if (config.modes.length === 0)
    return Effect.fail(
      because(
        "BadConfig",
        `${file}:${first?.line ?? 1}: ${first?.message ?? "no POWER_MODEL"}; restore the file from the image.`
      )
    )
  return Effect.succeed(config)
}

/** `NV Power Mode: NAME`, then the id on a line of its own; other lines are warnings. */
export const parseQuery = (text: string): Effect.Effect<CurrentMode, PowerModeError> => {
  const name = /NV Power Mode:\s*(\S+)/.exec(text)?.[1]
  const id = /^\s*(\d{1,4})\s*$/m.exec(text)?.[1]
  return name === undefined
    ? Effect.fail(refusal(text) ?? because("NotSet", `nvpmodel -q does not say a mode, but: ${firstLine(text)}`))
    : Effect.succeed({ name, id: id === undefined ? undefined : Number(id) })
}

const setMode = Effect.fnUntraced(function* (
  config: Config,
  run: Runner,
  current: Effect.Effect<CurrentMode, PowerModeError>,
  name: string
) {
  const mode = config.modes.find((one) => one.name === name)
  if (mode === undefined) return yield* because("UnknownMode", unknown(config, name))
  const { code, text } = yield* run("nvpmodel", ["-m", String(mode.id)])
  const refused = refusal(text)
  if (refused !== undefined) return yield* refused
  const now = yield* current
  if (now.name !== name)
    return yield* because("NotSet", `nvpmodel left the mode at ${now.name} (exit ${code}): ${firstLine(text)}`)
})

const unknown = (config: Config, name: string): string =>
  `There is no power mode ${JSON.stringify(name)} on this board; it has ${config.modes.map((one) => one.name).join(", ")}.`

/** What nvpmodel says when it does not do what it was asked. */
const refusal = (text: string): PowerModeError | undefined => {
  if (/reboot (?:is )?(?:required|now)|requires? (?:a )?reboot/i.test(text))
    return because(
      "NeedsReboot",
      "This mode is set at a reboot only: run `sudo nvpmodel -m ID`, confirm, and start again."
    )
  if (/permission denied|not permitted|run as root|\bsudo\b/i.test(text))
    return because("PermissionDenied", "Setting the power mode needs root: run with sudo.")
  return undefined
}

const firstLine = (text: string): string => text.trim().split("\n")[0]?.slice(0, 120) ?? ""

const attempt = <A>(file: string, act: () => A): Effect.Effect<A, PowerModeError> =>
  Effect.try({
    try: act,
    catch: (error) =>
      because("NoState", `${file} cannot be written (${Sysfs.errno(error)}); choose another place for it.`)
  })

/** Written whole under another name and then renamed: there is no half of it after a power cut. */
const keep = (file: string, mode: string): Effect.Effect<void, PowerModeError> =>
  attempt(file, () => {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.tmp`, `${JSON.stringify({ restore: mode })}\n`, { flush: true })
    renameSync(`${file}.tmp`, file)
  })

const forget = (file: string): Effect.Effect<void, PowerModeError> => attempt(file, () => rmSync(file, { force: true }))

const saved = (file: string): Effect.Effect<string | undefined, PowerModeError> =>
  Effect.sync(() => {
    try {
      const state: unknown = JSON.parse(readFileSync(file, "utf8"))
      const isState = typeof state === "object" && state !== null && "restore" in state
      return isState && typeof state.restore === "string" ? state.restore : undefined
    } catch {
      // No file, or not ours.
      return undefined
    }
  })
