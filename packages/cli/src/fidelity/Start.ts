/** All that a surrogate may be told of a seed that it was not fitted on: how well the model does that is deployed. */
import { join } from "node:path"
import * as Policies from "@edgeol/core/Policies"
import * as Fit from "@edgeol/sim/surrogate/Fit"
import type * as Recording from "@edgeol/sim/surrogate/Recording"
import type { Surrogate, Twin } from "@edgeol/sim/surrogate/Surrogate"
import { Effect, Option, Schema } from "effect"
import * as Everywhere from "../atlas/Everywhere.ts"
import { CliError } from "../CliError.ts"
import * as Settings from "../Settings.ts"
import * as World from "../World.ts"

const Numbers = Schema.Array(Schema.Finite)

/** On held-out samples of each scene, the one before deployment first. */
export const Start = Schema.Struct({
  seed: Schema.Int,
  accuracy: Numbers,
  energyMean: Numbers,
  energyDeviation: Numbers,
  confidence: Numbers
})
export type Start = typeof Start.Type

export interface Place {
  /** With its version. */
  readonly stream: string
  readonly seed: number
  readonly data: string
  /** Where its model and run are kept. */
  readonly folder: string
}

/** As runs are made that an evaluation records. */
export const world = ({ stream, data }: Place) =>
  Settings.world({
    stream,
    data,
    rounds: "warm",
    clock: "modelled",
    device: Option.none(),
    threads: Option.some(1)
  })

export const initial = ({ folder, seed }: Place): string => join(folder, `seed-${seed}`, "initial")

/** Trains the model, unless it is there, and judges it. */
export const judge = Effect.fnUntraced(function* (place: Place) {
  const folder = join(place.folder, `seed-${place.seed}`, "never")
  const judged = join(folder, "everywhere.ndjson")
  yield* World.run(yield* world(place), {
    policy: Policies.parse("never"),
    seed: place.seed,
    folder,
    initial: initial(place),
    resume: true,
    scorer: Everywhere.layer(judged)
  })
  const first = Everywhere.read(judged).get(0)
  if (first === undefined) return yield* new CliError({ message: `The run in ${folder} is damaged; remove it.` })
  const { accuracy, energyMean, energyDeviation, confidence } = first
  return { seed: place.seed, accuracy, energyMean, energyDeviation, confidence } satisfies Start
})

/** Like a seed that starts like this, and else as all seeds are. */
export const twin = (surrogate: Surrogate, start: Start): Twin => Fit.twinOf(surrogate, [recording(start, surrogate)])

const recording = (start: Start, { body: { units, scenes } }: Surrogate): Recording.Recording => ({
  policy: "never",
  seed: start.seed,
  scenes: scenes.length,
  units: units.length,
  rounds: [],
  sights: start.accuracy.map((accuracy, scene) => ({ version: 0, scene, accuracy, requests: 0 })),
  feelings: start.energyMean.map((energyMean, scene) => ({
    version: 0,
    scene,
    energyMean,
    energyDeviation: start.energyDeviation[scene]!,
    confidence: start.confidence[scene]!
  })),
  probed: [],
  validated: [],
  pretested: [],
  answered: []
})
