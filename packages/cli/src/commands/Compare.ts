/** `edgeol compare`: policies against immediate fine-tuning on paired seeds. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { Option } from "effect"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Compare from "../Compare.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Lock from "../Lock.ts"
import * as Progress from "../Progress.ts"
import * as JoulesFigure from "../report/JoulesFigure.ts"
import * as Table from "../report/Table.ts"
import * as Reports from "../Reports.ts"
import * as Settings from "../Settings.ts"

export const flags = {
  ...Flags.stage,
  policies: Flag.String("policies").pipe(
    Flag.withDescription("Policies, separated by commas, such as immediate,periodic:4,edgeol"),
    Flag.withDefault("immediate,edgeol")
  ),
  seeds: Flag.Int("seeds").pipe(
    Flag.withDescription("How many seeds: each policy runs on the streams of as many seeds"),
    Flag.withDefault(3)
  ),
  seed: Flag.Int("seed").pipe(Flag.withDescription("The first seed; the others follow it"), Flag.withDefault(1)),
  ...Flags.run
}

export interface Input extends Settings.Settings {
  readonly policies: string
  readonly seeds: number
  readonly seed: number
  readonly out: Option.Option<string>
  readonly resume: boolean
}

/** Runs all, and writes the comparison and its report into a folder. */
export const all = Effect.fnUntraced(function* (input: Input, line?: Compare.Options["line"]) {
  const seeds = yield* Settings.seeds(input.seed, input.seeds)
  const policies = yield* Settings.policies(input.policies)
  const world = yield* Settings.world(input)
  const folder = Settings.place(input.out, input.resume)
  yield* Lock.hold(folder)
  yield* Settings.make(folder, input.out)
  if (!input.resume && readdirSync(folder).some((name) => name.startsWith("seed-"))) {
    return yield* new CliError({
      message: `There are runs in ${folder} already; go on with them by --resume, or name another folder with --out.`
    })
  }
  const progress = yield* Progress.bar(1)
  const options = { policies, seeds, folder, resume: input.resume, onProgress: progress.to }
  const compared = yield* Compare.compare(world, line === undefined ? options : { ...options, line })
  yield* Files.change(folder, () =>
    Files.replace(join(folder, "comparison.json"), JSON.stringify(compared.comparison, null, 2))
  )
  return { ...compared, world, report: yield* Reports.write(folder, compared) }
})

export const handle = Effect.fn(function* ({ json, ...input }: Input & { readonly json: boolean }) {
  const { comparison, tapes, report } = yield* all(input)
  yield* Console.log(
    json
      ? JSON.stringify({ ...comparison, report }, null, 2)
      : `${Table.table(comparison, JoulesFigure.meter(tapes))}\n\nReport: ${report}`
  )
}, Effect.scoped)

export const command = Command.make("compare", Flags.shown(flags), handle).pipe(
  Command.withDescription("Run policies on the same streams and compare time, energy and accuracy with immediate"),
  Command.withExamples([
    {
      command: "edgeol compare --stream gtsrb32/ni --policies immediate,periodic:4,edgeol --seeds 3",
      description: "Three policies on road signs under changing light, three seeds"
    }
  ])
)
