/** `edgeol evaluate`: the table of policies on streams, by real training, recorded run by run. */
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Check from "../evaluate/Check.ts"
import * as Evaluate from "../evaluate/Evaluate.ts"
import * as Plan from "../evaluate/Plan.ts"
import * as Results from "../evaluate/Results.ts"
import * as Table from "../evaluate/Table.ts"
import * as Flags from "../Flags.ts"
import * as Progress from "../Progress.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))

const plan = Argument.String("plan").pipe(
  Argument.withDescription("YAML file with rounds, seeds, streams and policies"),
  Argument.withDefault(join(root, "experiments/evaluation.yaml"))
)

const flags = {
  plan,
  data: Flags.data,
  results: Flag.String("results").pipe(
    Flag.withDescription("File of the recorded runs"),
    Flag.withDefault(join(root, "results/evaluation.ndjson"))
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
  json: Flags.json
}

interface Input {
  readonly plan: string
  readonly data: string
  readonly results: string
  readonly summary: boolean
  readonly check: boolean
  readonly workers: number
  readonly json: boolean
}

const handle = Effect.fn(function* (input: Input) {
  if (input.workers < 1) return yield* new CliError({ message: `--workers must be at least 1, not ${input.workers}.` })
  const plan = yield* Plan.load(input.plan)
  const recorded = yield* Results.read(input.results)
  if (input.check) return yield* Check.check(plan, recorded, input)
  const runs = input.summary ? recorded : yield* complete(plan, recorded, input)
  if (runs.length === 0)
    return yield* new CliError({ message: `No run is recorded in ${input.results}; evaluate first.` })
  const summary = Results.summarise(runs, plan)
  yield* Console.log(input.json ? JSON.stringify(summary, null, 2) : Table.table(summary))
}, Effect.scoped)

/** Records each run as it ends, so that nothing that ended is done again. */
const complete = Effect.fnUntraced(function* (
  plan: Plan.Plan,
  recorded: ReadonlyArray<Results.Run>,
  { data, results, workers }: Input
) {
  const jobs = yield* Evaluate.missing(plan, recorded)
  const total = jobs.reduce((sum, { policies }) => sum + policies.length, 0)
  const progress = yield* Progress.bar(Math.max(1, total))
  let runs = recorded
  yield* Evaluate.run(jobs, {
    data,
    folder: join("runs", "evaluate"),
    workers,
    onRun: (run) => {
      runs = [...runs, run]
      progress.to(runs.length - recorded.length, `${run.policy} on ${run.stream}, seed ${run.seed}`)
      return Results.write(results, runs)
    }
  })
  return runs
})

export const command = Command.make("evaluate", flags, handle).pipe(
  Command.withDescription("Evaluate policies by real training on streams; kill it at any moment and start it again"),
  Command.withExamples([
    { command: "edgeol evaluate --summary --json", description: "What the recorded runs come to" },
    { command: "edgeol evaluate --check", description: "Whether they come out the same here" }
  ])
)
