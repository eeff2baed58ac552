/** `edgeol evaluate`: the table of policies on streams, by real training, recorded run by run. */
import { availableParallelism } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Check from "../evaluate/Check.ts"
import * as Evaluate from "../evaluate/Evaluate.ts"
import * as Page from "../evaluate/Page.ts"
import * as Plan from "../evaluate/Plan.ts"
import * as Results from "../evaluate/Results.ts"
import * as Summary from "../evaluate/Summary.ts"
import * as Table from "../evaluate/Table.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Progress from "../Progress.ts"
import * as Text from "../report/Text.ts"
import * as Lock from "../Lock.ts"

const plan = Argument.String("plan").pipe(
  Argument.withDescription("YAML file with rounds, seeds, streams and policies"),
  Argument.withDefault(Plan.standard)
)

const flags = {
  plan,
  data: Flags.data,
  results: Flag.String("results").pipe(
    Flag.withDescription("File of the recorded runs"),
    Flag.withDefault(Results.standard)
  ),
  summary: Flag.Boolean("summary").pipe(
    Flag.withDescription("Run nothing: say what the recorded runs come to"),
    Flag.withDefault(false)
  ),
  check: Flag.Boolean("check").pipe(
    Flag.withDescription("Run some recorded runs again, drawn by lot, and compare (up to 3 minutes)"),
    Flag.withDefault(false)
  ),
  workers: Flag.Int("workers").pipe(
    Flag.withDescription("Runs at a time (default: one for each core)"),
    Flag.withDefault(availableParallelism())
  ),
  out: Flag.String("out").pipe(
    Flag.withDescription(
      "Folder of the page, and of runs while they last (default: runs/evaluate, for a plan of your own with its name)"
    ),
    Flag.optional
  ),
  json: Flags.json
}

interface Input {
  readonly plan: string
  readonly data: string
  readonly results: string
  readonly summary: boolean
  readonly check: boolean
  readonly workers: number
  readonly out: string
  readonly json: boolean
}

interface Asked extends Omit<Input, "out"> {
  readonly out: Option.Option<string>
}

/** A page of one plan does not take the place of another's. */
export const place = (plan: string): string =>
  join("runs", plan === Plan.standard ? "evaluate" : `evaluate-${basename(plan).replace(/\.ya?ml$/, "")}`)

const handle = Effect.fn(function* (asked: Asked) {
  const input: Input = { ...asked, out: Option.getOrElse(asked.out, () => place(asked.plan)) }
  if (input.workers < 1) return yield* new CliError({ message: `--workers must be at least 1, not ${input.workers}.` })
  const plan = yield* Plan.load(input.plan)
  if (input.check) return yield* Check.check(yield* Results.read(input.results), input)
  const { runs, failed } = input.summary
    ? { runs: yield* Results.read(input.results), failed: [] }
    : yield* complete(plan, input)
  if (runs.length > 0) yield* tell(runs, plan, input)
  else if (failed.length === 0) {
    return yield* new CliError({ message: `No run is recorded in ${input.results}; evaluate first.` })
  }
  if (failed.length > 0) return yield* new CliError({ message: regret(failed) })
}, Effect.scoped)

/** Says and draws what the runs come to. */
const tell = Effect.fnUntraced(function* (runs: ReadonlyArray<Results.Run>, plan: Plan.Plan, { json, out }: Input) {
  const summary = Summary.summarise(runs, plan)
  const page = join(out, "report.html")
  yield* Files.change(out, () => Files.replace(page, Page.page(runs, plan)))
  yield* Console.log(
    json ? JSON.stringify(summary, null, 2) : `${Table.table(summary, Summary.means(runs, plan))}\n\nReport: ${page}`
  )
})

/** Records each run as it ends, so that nothing that ended is done again. */
const complete = Effect.fnUntraced(function* (plan: Plan.Plan, { data, results, out, workers }: Input) {
  yield* alone(results)
  const recorded = yield* Results.read(results)
  const jobs = yield* Evaluate.missing(plan, recorded)
  yield* Evaluate.ready(jobs, data)
  const total = jobs.reduce((sum, { policies }) => sum + policies.length, 0)
  const progress = yield* Progress.bar(Math.max(1, total))
  let runs = recorded
  const failed = yield* Evaluate.run(jobs, {
    data,
    folder: out,
    workers,
    onRun: (run) => {
      runs = [...runs, run]
      progress.to(runs.length - recorded.length, `${run.policy} on ${run.stream}, seed ${run.seed}`)
      return Results.write(results, runs)
    }
  })
  return { runs, failed }
})

/** Holds the results until the scope closes: two evaluations would each drop what the other records. */
const alone = Effect.fnUntraced(function* (results: string) {
  const folder = dirname(resolve(results))
  yield* Effect.try({
    try: () => Files.folder(folder),
    catch: (error) =>
      new CliError({ message: `Cannot write to ${folder}: ${Files.reason(error)}; name another file with --results.` })
  })
  const unlock = yield* Effect.acquireRelease(
    Effect.promise(() => Lock.take(folder)),
    (unlock) => Effect.sync(() => unlock?.())
  )
  if (unlock === null) {
    return yield* new CliError({
      message: `Another evaluation records into ${folder}; wait for it, or name another file with --results.`
    })
  }
})

/** At most a few by name. */
const regret = (failed: ReadonlyArray<string>) => {
  const named = [...failed.slice(0, 3), ...(failed.length > 3 ? [`${failed.length - 3} more`] : [])]
  return `${Text.plural(failed.length, "run")} failed: ${named.join("; ")}; start the evaluation again to run what is missing.`
}

export const command = Command.make("evaluate", Flags.shown(flags), handle).pipe(
  Command.withDescription("Evaluate policies by real training on streams; kill it at any moment and start it again"),
  Command.withExamples([
    { command: "edgeol evaluate --summary --json", description: "What the recorded runs come to" },
    { command: "edgeol evaluate --check", description: "Whether they come out the same here" }
  ])
)
