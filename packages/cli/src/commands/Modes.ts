/** `edgeol modes`: the power modes of a board, `edgeol modes set NAME` and, after a crash, `edgeol modes recover`. */
import { join } from "node:path"
import * as Runner from "@edgeol/hw-jetson/Command"
import * as NvpmodelConf from "@edgeol/hw-jetson/NvpmodelConf"
import { PowerModeError } from "@edgeol/hw-jetson/PowerModeError"
import * as PowerModes from "@edgeol/hw-jetson/PowerModes"
import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"

/** Below another root its own nvpmodel runs, never this computer's. */
export const board = (root: string) =>
  PowerModes.make({
    root,
    run: root === "/" ? Runner.runner() : Runner.runner(`${join(root, "usr/sbin")}:/usr/bin:/bin`)
  }).pipe(
    Effect.catchIf(
      (error) => error.reason === "NoConfig",
      () =>
        new CliError({
          message: `No power modes under ${root}: etc/nvpmodel.conf is not there; run on a Jetson, or give --root DIR.`
        })
    )
  )

const list = Effect.fn(function* ({ root, json }: { readonly root: string; readonly json: boolean }) {
  const modes = yield* board(root)
  const current = yield* Effect.catch(modes.current, (error) => Effect.succeed(error))
  const unknown = current instanceof PowerModeError ? current.message : null
  const name = current instanceof PowerModeError ? null : current.name
  const summaries = NvpmodelConf.summaries(modes.config)
  if (json) return yield* Console.log(JSON.stringify({ current: name, unknown, modes: summaries }, null, 2))
  yield* Console.log(table(summaries, name).join("\n"))
  for (const { line, message } of modes.config.problems) {
    yield* Console.error(`${join(root, "etc/nvpmodel.conf")}:${line}: ${message}`)
  }
  if (unknown !== null) yield* Console.error(`The current mode is not known: ${unknown}`)
})

const set = Effect.fn(function* (name: string, { root, json }: { readonly root: string; readonly json: boolean }) {
  const modes = yield* board(root)
  const { name: before } = yield* modes.current
  yield* modes.set(name)
  yield* Console.log(json ? JSON.stringify({ current: name, before }, null, 2) : `${name}, before ${before}`)
})

/** A calibration that was killed or lost its power leaves a mode set, and a note of the one before. */
const recover = Effect.fn(function* ({ root, json }: { readonly root: string; readonly json: boolean }) {
  const modes = yield* board(root)
  const restored = yield* modes.recover
  const { name } = yield* modes.current
  yield* Console.log(
    json
      ? JSON.stringify({ current: name, restored: restored ?? null }, null, 2)
      : restored === undefined
        ? `Nothing to restore: the mode is ${name}, and no run of edgeol left another one set.`
        : `${restored}, as before the run that did not end`
  )
})

/** The current mode has a star, the default one says so. */
const table = (modes: ReadonlyArray<NvpmodelConf.Summary>, current: string | null): ReadonlyArray<string> => {
  const rows = [
    ["", "mode", "id", "cores", "CPU", "GPU", "EMC", ""],
    ...modes.map((mode) => [
      mode.name === current ? "*" : "",
      mode.name,
      String(mode.id),
      mode.cores === undefined ? "all" : String(mode.cores),
      ...[mode.cpu, mode.gpu, mode.emc].map(megahertz),
      mode.isDefault ? "default" : ""
    ])
  ]
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 1 || i === 7 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd()
  )
}

const megahertz = (hertz: number | undefined): string =>
  hertz === undefined ? "no limit" : `${Math.round(hertz / 1e6)} MHz`

const modes = Command.make("modes").pipe(Command.withSharedFlags({ root: Flags.root, json: Flags.json }))

const setting = Command.make(
  "set",
  { name: Argument.String("name").pipe(Argument.withDescription("A mode's name, such as 15W")) },
  Effect.fn(function* ({ name }) {
    yield* set(name, yield* modes)
  })
).pipe(Command.withDescription("Set a power mode by name"))

const recovering = Command.make(
  "recover",
  {},
  Effect.fn(function* () {
    yield* recover(yield* modes)
  })
).pipe(Command.withDescription("Restore the power mode that a killed run had changed"))

export const command = modes.pipe(
  Command.withHandler(list),
  Command.withDescription("List the power modes of this board"),
  Command.withSubcommands([setting, recovering]),
  Command.withExamples([
    { command: "edgeol modes", description: "Names, cores and clocks; a star marks the current mode" },
    { command: "sudo edgeol modes set 15W", description: "Set a mode by its name" }
  ])
)
