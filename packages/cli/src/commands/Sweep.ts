/** `edgeol sweep`: a plan of simulations on all cores, which may be stopped at any moment. */
import { availableParallelism } from "node:os"
import { basename, join, resolve } from "node:path"
import { createInterface } from "node:readline/promises"
import { Console, Effect, Option, Scope } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"
import * as Progress from "../Progress.ts"
import * as Text from "../report/Text.ts"
import type { Forecast } from "../sweep/Forecast.ts"
import * as Job from "../sweep/Job.ts"
import * as Plan from "../sweep/Plan.ts"
import * as Sweep from "../sweep/Sweep.ts"

const plan = Argument.String("plan").pipe(
  Argument.withDescription("YAML file with lists of policies, scenarios and seeds, and of devices and parameters")
)

const yes = Flag.Boolean("yes").pipe(
  Flag.withDescription("Start without asking, however long it takes"),
  Flag.withDefault(false)
)

const workers = Flag.Int("workers").pipe(
  Flag.withDescription("Trials at a time (default: one for each core)"),
  Flag.optional
)

/** s; a sweep that takes longer is asked about. */
const long = 600

interface Input {
  readonly plan: string
  readonly yes: boolean
  readonly workers: Option.Option<number>
  readonly out: Option.Option<string>
  readonly json: boolean
}

export const handle = Effect.fn(function* (input: Input) {
  const workers = Option.getOrElse(input.workers, availableParallelism)
  if (workers < 1 || workers > 1024) {
    return yield* new CliError({ message: `--workers must be from 1 to 1024, not ${workers}.` })
  }
  const folder = resolve(Option.getOrElse(input.out, () => join("runs", `sweep-${basename(input.plan, ".yaml")}`)))
  const job = yield* Job.make(yield* Plan.load(input.plan), { file: input.plan, folder, workers })
  const scope = yield* Effect.scope
  let bar: Progress.Progress | undefined
  const listener: Sweep.Listener = {
    ready: async (forecast) => {
      await ready(forecast, workers, input.yes)
      bar = Effect.runSync(Scope.provide(Progress.bar(1), scope))
    },
    onProgress: (done, left) => bar?.to(done / left, `${Text.count(done)} of ${Text.plural(left, "trial")}`)
  }
  const swept = yield* Effect.tryPromise({
    try: (signal) => Sweep.run(job, listener, signal),
    catch: (error) => error
  }).pipe(Effect.onInterrupt(() => Console.error("Stopped; the same command goes on where it was.")))
  yield* Console.log(input.json ? JSON.stringify({ folder, ...swept }, null, 2) : said(swept))
}, Effect.scoped)

/** Says how many trials and how long; asks when it is long. */
const ready = async ({ trials, left, seconds }: Forecast, workers: number, yes: boolean): Promise<void> => {
  const done = left < trials ? `, ${Text.count(trials - left)} of them done` : ""
  const about = `${Text.plural(trials, "trial")}${done}: about ${lasting(seconds)} on ${Text.plural(workers, "core")}`
  if (seconds < long || yes) {
    if (process.stderr.isTTY) process.stderr.write(`${about}.\n`)
    return
  }
  if (!(process.stdin.isTTY && process.stderr.isTTY)) {
    throw new CliError({ message: `This plan has ${about}; start it with --yes, or make it smaller.` })
  }
  if (!(await agreed(`${about}. Start? [y/N] `))) {
    throw new CliError({ message: "Not started; the few trials that were tried are kept." })
  }
}

const agreed = async (question: string): Promise<boolean> => {
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await line.question(question)).trim())
  } finally {
    line.close()
  }
}

const units = [
  ["year", 365.25 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60]
] as const

/** `12 s`, `3 hours`, `116 days`. */
const lasting = (seconds: number): string => {
  const unit = units.find(([, size]) => seconds >= 2 * size)
  return unit === undefined ? `${Math.ceil(seconds)} s` : Text.plural(Math.round(seconds / unit[1]), unit[0])
}

const said = ({ trials, ran, csv, parquet }: Sweep.Swept): string =>
  [
    `${Text.plural(trials, "trial")}, ${Text.count(ran)} of them run now.`,
    `Table: ${csv}`,
    parquet === null
      ? "There is no DuckDB for this machine, so there is no Parquet; the CSV has all of it."
      : `       ${parquet}`
  ].join("\n")

export const command = Command.make(
  "sweep",
  Flags.shown({ plan, yes, workers, out: Flags.out, json: Flags.json }),
  handle
).pipe(
  Command.withDescription(
    "Simulate policies × parameters × scenarios × seeds; kill it at any moment and start it again"
  ),
  Command.withExamples([
    { command: "edgeol sweep plan.yaml", description: "All trials of a plan, as a table in runs/sweep-plan" }
  ])
)
