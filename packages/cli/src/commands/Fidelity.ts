/** `edgeol fidelity`: how far models can be trusted, against measurements. */
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as CoverageCard from "../CoverageCard.ts"
import * as CoveragePage from "../CoveragePage.ts"
import * as Sim from "../fidelity/Sim.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Replay from "../replay/Fidelity.ts"

const out = Flag.String("out").pipe(
  Flag.withDescription("Folder for the page and its figures"),
  Flag.withDefault("runs/fidelity")
)

const record = Flag.Boolean("record").pipe(
  Flag.withDescription("Keep these figures as those that later ones may not be worse than"),
  Flag.withDefault(false)
)

/** Figures that the tests hold later ones to. */
export const recorded = fileURLToPath(new URL("../../../sim/fidelity/cost.json", import.meta.url))

const write = (path: string, text: string) =>
  Effect.try({
    try: () => Files.replace(path, text),
    catch: (error) =>
      new CliError({ message: `Cannot write ${path}: ${Files.reason(error)}; name a folder with --out.` })
  })

const cost = Command.make(
  "cost",
  { data: Flags.data, out, record, json: Flags.json },
  Effect.fn(function* ({ data, out, record, json }) {
    const sets = yield* Effect.try({
      try: () => CoverageCard.sets(data),
      catch: (error) => new CliError({ message: error instanceof Error ? error.message : String(error) })
    })
    if (sets.length === 0) {
      return yield* new CliError({
        message: `There are no measurements in ${join(data, "jetson")}; name the data folder with --data.`
      })
    }
    const card = CoverageCard.make(sets, CoverageCard.full, (what) => process.stderr.write(`${what}\n`))
    const text = `${JSON.stringify(card, null, 2)}\n`
    yield* write(join(out, "cost.json"), text)
    yield* write(join(out, "cost.html"), CoveragePage.page(card))
    if (record) yield* write(recorded, text)
    yield* Console.log(json ? text : `${CoveragePage.headline(card)}\n\nPage: ${join(out, "cost.html")}`)
  })
).pipe(Command.withDescription("Errors and interval coverage of the cost models, as a page and JSON (a few minutes)"))

const sim = Command.make(
  "sim",
  {
    results: Flag.String("results").pipe(
      Flag.withDescription("Recorded runs of real training, as edgeol evaluate leaves them"),
      Flag.withDefault(fileURLToPath(new URL("../../../../results/evaluation.ndjson", import.meta.url)))
    ),
    real: Flag.String("real").pipe(
      Flag.withDescription("Folder of the same runs on the wall clock, from edgeol compare --clock measured"),
      Flag.optional
    ),
    draws: Flag.Int("draws").pipe(
      Flag.withDescription("Simulated runs for each recorded one, for its 90 % interval"),
      Flag.withDefault(39)
    ),
    starts: Flag.Boolean("starts").pipe(
      Flag.withDescription("Tell the surrogate how each seed's deployed model does: trains those not recorded yet"),
      Flag.withDefault(false)
    ),
    speed: Flag.Boolean("speed").pipe(
      Flag.withDescription("Also measure how much faster simulating is, by a run of real training for each stream"),
      Flag.withDefault(false)
    ),
    data: Flags.data,
    out,
    record,
    json: Flags.json
  },
  Sim.run
).pipe(
  Command.withDescription(
    "Simulated runs against the same runs of real training, on seeds not fitted on: page and JSON"
  )
)

const replay = Command.make("replay", Replay.flags, Replay.run).pipe(
  Command.withDescription("What edgeol replay foretells of other policies, against runs that they really made")
)

export const command = Command.make("fidelity").pipe(
  Command.withDescription("How far models can be trusted: against measurements"),
  Command.withSubcommands([cost, sim, replay])
)
