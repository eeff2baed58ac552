/** `edgeol atlas`: records real training under decisions drawn by lot, and fits a surrogate on it for the simulator. */
import { join, resolve } from "node:path"
import * as Surrogate from "@edgeol/sim/surrogate/Surrogate"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as Atlas from "../atlas/Atlas.ts"
import * as Record from "../atlas/Record.ts"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Progress from "../Progress.ts"
import * as HeadAtlas from "../replay/HeadAtlas.ts"
import * as Text from "../report/Text.ts"
import * as Settings from "../Settings.ts"

const out = Flag.String("out").pipe(
  Flag.withDescription("File to write the surrogate to (default: surrogate.json in the folder of the records)"),
  Flag.optional
)

const records = Flag.String("records").pipe(
  Flag.withDescription("Folder of the recorded runs; those that are there are kept (default: one under runs/)"),
  Flag.optional
)

const seeds = Flag.Int("seeds").pipe(
  Flag.withDescription("How many seeds are recorded: with more, simulated seeds spread more as real ones do"),
  Flag.withDefault(8)
)

const seed = Flag.Int("seed").pipe(Flag.withDescription("The first seed; the others follow it"), Flag.withDefault(501))

const runs = Flag.Int("runs").pipe(
  Flag.withDescription("Runs of each seed, each with other decisions"),
  Flag.withDefault(3)
)

interface Input {
  readonly stream: string
  readonly data: string
  readonly out: Option.Option<string>
  readonly records: Option.Option<string>
  readonly seeds: number
  readonly seed: number
  readonly runs: number
  readonly json: boolean
}

/** The share of the work that recording is. */
const recording = 0.9

export const handle = Effect.fn(function* (input: Input) {
  if (input.seeds < 2) return yield* new CliError({ message: `--seeds must be at least 2, not ${input.seeds}.` })
  if (input.runs < 1) return yield* new CliError({ message: `--runs must be at least 1, not ${input.runs}.` })
  // One thread, for runs that repeat to the bit however many cores there are.
  const world = yield* Settings.world({
    ...input,
    rounds: "warm",
    clock: "modelled",
    device: Option.none(),
    threads: Option.some(1)
  })
  const slug = world.name.replace(/[^\w.=@-]+/g, "-")
  const folder = resolve(Option.getOrElse(input.records, () => join("runs", `atlas-${slug}`)))
  const file = resolve(Option.getOrElse(input.out, () => join(folder, "surrogate.json")))
  yield* Files.change(folder, () => Files.folder(folder))
  const progress = yield* Progress.bar(1)
  const options: Record.Options = {
    seeds: Array.from({ length: input.seeds }, (_, i) => input.seed + i),
    runs: input.runs,
    folder,
    onProgress: (done, doing) => progress.to(recording * done, doing)
  }
  yield* Record.record(world, options)
  const first = world.stream(input.seed).scenarios[0]!.name
  const folders = Record.places(options).map((place) => place.folder)
  const surrogate = yield* Atlas.fit(world, folders, first, (done) =>
    progress.to(recording + (1 - recording) * done, "fitting")
  )
  yield* Files.change(file, () => Files.replace(file, Surrogate.print(surrogate)))
  const { heldOut, provenance } = surrogate.body
  const result = { file, hash: surrogate.hash, stream: world.name, runs: provenance.runs, heldOut }
  yield* Console.log(input.json ? JSON.stringify(result, null, 2) : said(result))
}, Effect.scoped)

type HeldOut = Surrogate.Body["heldOut"]

const said = (result: { file: string; stream: string; runs: number; heldOut: HeldOut }) =>
  [
    `${result.stream}: ${Text.plural(result.runs, "recorded run")} fitted, in ${result.file}`,
    line("a run of a seed with other runs", result.heldOut.runs),
    line("a run of a seed with only its first model", result.heldOut.seeds)
  ].join("\n")

const line = (of: string, { median, p90, runs: judged }: HeldOut["runs"]) =>
  `mean accuracy of ${of}, not fitted on: off by ${points(median)} points in the median, ${points(p90)} in one of ten (${judged} runs)`

const points = (share: number) => (100 * share).toFixed(1)

export const command = Command.make(
  "atlas",
  { ...Flags.stage, records, out, seeds, seed, runs, json: Flags.json },
  handle
).pipe(
  Command.withSubcommands([HeadAtlas.command]),
  Command.withDescription("Record real training of a stream and fit the surrogate that the simulator learns with"),
  Command.withExamples([
    {
      command: "edgeol atlas --stream patterns/nic --seeds 16 --runs 7 --out patterns.json",
      description: "112 runs of the built-in stream; kill it and start it again, and it goes on"
    }
  ])
)
