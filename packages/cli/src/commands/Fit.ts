/** `edgeol fit`: seconds and watts over power modes from some profiled ones, judged on the others. */
import { readFileSync } from "node:fs"
import type * as Decision from "@edgeol/sim/cost/Decision"
import * as Learn from "@edgeol/sim/cost/Learn"
import * as ModeTable from "@edgeol/sim/cost/ModeTable"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Devices from "../Devices.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Profiles from "../Profiles.ts"
import * as FitTape from "../replay/FitTape.ts"
import * as Text from "../report/Text.ts"

const table = Flag.String("table").pipe(
  Flag.withDescription("CSV with the columns cores,cpu,gpu,mem,observed_time,observed_power; others may be there"),
  Flag.optional
)

const profiles = Flag.Boolean("profiles").pipe(
  Flag.withDescription(
    "Rebuild the profiles and devices that ship from the measurements in --data, instead of fitting a table"
  ),
  Flag.withDefault(false)
)

const modes = Flag.Int("modes").pipe(
  Flag.withDescription("How many modes to profile; the others judge the fit"),
  Flag.withDefault(50)
)

const seeds = Flag.Int("seeds").pipe(
  Flag.withDescription("How many times, each with another choice of modes; figures are means"),
  Flag.withDefault(5)
)

const choice = Flag.Literals("choice", ["active", "doubt", "random"]).pipe(
  Flag.withDescription(
    "Profile where it tells most about all modes; or about those that may be the cheapest --within a time; or at random"
  ),
  Flag.withDefault("active")
)

const within = Flag.Finite("within").pipe(
  Flag.withDescription("Seconds of a step: also say what choosing the mode of fewest joules within them costs"),
  Flag.optional
)

const where = Flag.String("where").pipe(
  Flag.withDescription("Only rows with this value in a column, such as bs=16"),
  Flag.optional
)

const timeUnit = Flag.Literals("time-unit", ["s", "ms", "us"]).pipe(
  Flag.withDescription("Unit of observed_time"),
  Flag.withDefault("ms")
)

const powerUnit = Flag.Literals("power-unit", ["W", "mW", "uW"]).pipe(
  Flag.withDescription("Unit of observed_power"),
  Flag.withDefault("W")
)

const tape = Flag.String("tape").pipe(
  Flag.withDescription("Correct a device by a recorded run, activity by activity, instead of fitting a table"),
  Flag.optional
)

const device = Flag.String("device").pipe(
  Flag.withDescription("With --tape: the device that is corrected, by name or file (default: that of the run)"),
  Flag.optional
)

const out = Flag.String("out").pipe(
  Flag.withDescription("With --tape: file of the corrected device, for --device ./profile.json"),
  Flag.optional
)

/** With fewer, cross-validation leaves nothing to learn from. */
const fewest = 10

interface Input {
  readonly table: string
  readonly modes: number
  readonly seeds: number
  readonly choice: "active" | "doubt" | "random"
  readonly within: Option.Option<number>
  readonly where: Option.Option<string>
  readonly timeUnit: "s" | "ms" | "us"
  readonly powerUnit: "W" | "mW" | "uW"
  readonly json: boolean
}

interface Options extends Omit<Input, "table"> {
  readonly table: Option.Option<string>
  readonly tape: Option.Option<string>
  readonly device: Option.Option<string>
  readonly out: Option.Option<string>
  readonly profiles: boolean
  readonly data: string
}

/** Reads a table; what is wrong with it becomes a sentence. */
const read = (input: Input): Effect.Effect<ModeTable.ModeTable, CliError | ModeTable.TableError> =>
  Effect.gen(function* () {
    const text = yield* Effect.try({
      try: () => readFileSync(input.table, "utf8"),
      catch: (error) =>
        new CliError({ message: `Cannot read ${input.table}: ${Files.reason(error)}; name a CSV with --table.` })
    })
    const column = Option.map(input.where, (text) => text.split("=") as [string, string])
    if (Option.isSome(column) && column.value.length !== 2) {
      return yield* new CliError({ message: `--where must be column=value, such as bs=16.` })
    }
    return yield* Effect.try({
      try: () =>
        ModeTable.read(input.table, text, {
          timeUnit: input.timeUnit,
          powerUnit: input.powerUnit,
          ...(Option.isSome(column) ? { where: column.value } : {})
        }),
      catch: (error) => (error instanceof ModeTable.TableError ? error : new CliError({ message: String(error) }))
    })
  })

const check = (input: Input, rows: number) => {
  if (input.choice === "doubt" && Option.isNone(input.within)) {
    return Option.some("--choice doubt needs a time bound: give --within seconds.")
  }
  if (Option.exists(input.within, (seconds) => !(seconds > 0))) {
    return Option.some(`--within must be above 0 seconds, not ${Option.getOrUndefined(input.within)}.`)
  }
  if (input.seeds < 1) return Option.some(`--seeds must be at least 1, not ${input.seeds}.`)
  if (input.modes < fewest) return Option.some(`--modes must be at least ${fewest}, not ${input.modes}.`)
  if (rows <= input.modes) {
    const most = rows - 1
    return Option.some(
      most < fewest
        ? `${input.table} has ${rows} modes; a fit that is judged needs at least ${fewest + 1}.`
        : `${input.table} has ${rows} modes, so --modes must be at most ${most} to leave one to judge.`
    )
  }
  return Option.none()
}

const line = (name: string, figures: Learn.Figures) =>
  `${name.padEnd(6)} mean error ${Text.percent(figures.mape)} (bias ${Text.percent(figures.bias)}, nine in ten below ` +
  `${Text.percent(figures.p90)}); 90 % intervals of ±${Text.percent(figures.width90)} hold ${Text.percent(figures.coverage90)}`

const verdict = (decisions: ReadonlyArray<Decision.Outcome>, within: number) =>
  `The mode chosen as cheapest within ${within} s takes ${Text.percent(Text.mean(decisions.map(({ regret }) => regret)))} ` +
  `more joules than good choices do, and is ${Text.percent(Text.mean(decisions.map(({ late }) => late)))} late.`

const rebuild = Effect.fn(function* (data: string) {
  const [profiles, devices] = yield* Effect.try({
    try: () =>
      [
        Profiles.rebuild(data, (name) => process.stderr.write(`${name}\n`)),
        Devices.rebuild(data, Profiles.load())
      ] as const,
    catch: (error) => (error instanceof CliError ? error : new CliError({ message: String(error) }))
  })
  yield* Console.log(
    `${Text.plural(profiles.length, "profile")} rebuilt in ${Profiles.folder}, and from them ${Text.plural(devices.length, "device")}.`
  )
})

export const handle = Effect.fn(function* (options: Options) {
  if (Option.isSome(options.tape) && Option.isSome(options.table)) {
    return yield* new CliError({ message: "--table and --tape were given; leave out one of them." })
  }
  if (Option.isSome(options.tape)) return yield* FitTape.run({ ...options, tape: options.tape.value })
  if (options.profiles) return yield* rebuild(options.data)
  if (Option.isNone(options.table))
    return yield* new CliError({ message: "Name a table of measured modes with --table, or a run with --tape." })
  const input: Input = { ...options, table: options.table.value }
  const { observations, units } = yield* read(input)
  const wrong = check(input, observations.length)
  if (Option.isSome(wrong)) return yield* new CliError({ message: wrong.value })
  const within = Option.getOrUndefined(input.within)
  const choice: Learn.Choice = input.choice === "doubt" ? { within: within! } : input.choice
  const runs = Array.from({ length: input.seeds }, (_, i) => {
    const learned = Learn.learn(observations, input.modes, i + 1, choice)
    const decision = within === undefined ? {} : { decision: Learn.decide(learned.fit, observations, within) }
    return { ...Learn.judge(learned, observations), ...decision }
  })
  const decisions = runs.flatMap(({ decision }) => decision ?? [])
  const time = Learn.averaged(runs.map((run) => run.time))
  const power = Learn.averaged(runs.map((run) => run.power))
  const settings = {
    table: input.table,
    modes: input.modes,
    seeds: input.seeds,
    choice: input.choice,
    within: within ?? null,
    units
  }
  yield* Console.log(
    input.json
      ? JSON.stringify({ ...settings, unseen: observations.length - input.modes, time, power, runs }, null, 2)
      : [
          `${input.modes} of ${observations.length} modes profiled (${input.choice}), ${Text.plural(input.seeds, "seed")}; over the others:`,
          line("time", time),
          line("power", power),
          ...(decisions.length === 0 ? [] : [verdict(decisions, within!)])
        ].join("\n")
  )
})

export const command = Command.make(
  "fit",
  Flags.shown({
    tape,
    device,
    out,
    table,
    modes,
    seeds,
    choice,
    within,
    where,
    timeUnit,
    powerUnit,
    profiles,
    data: Flags.data,
    json: Flags.json
  }),
  handle
).pipe(
  Command.withDescription("Predict time and power of all power modes from some, with intervals; errors as shares of 1"),
  Command.withExamples([
    {
      command: "edgeol fit --table modes.csv --modes 50 --seeds 5",
      description: "Fit 50 modes, five times, and judge on the others"
    },
    {
      command: "edgeol fit --tape runs/latest --out profile.json",
      description: "Correct a device by what a run on it took; use it with --device ./profile.json"
    }
  ])
)
