/**
 * Records the runs of an atlas: every seed explored several times, each time by other lots. In every third run the lots
 * of its beginning stay: what keeps going the same way is not the sum of many short ways.
 */
import { join } from "node:path"
import { Effect } from "effect"
import * as World from "../World.ts"
import * as Everywhere from "./Everywhere.ts"
import * as Explore from "./Explore.ts"

export interface Options {
  readonly seeds: ReadonlyArray<number>
  /** Runs for each seed. */
  readonly runs: number
  readonly folder: string
  /** Done, of 1, and what is being done. */
  readonly onProgress?: (done: number, doing: string) => void
}

export interface Place {
  readonly seed: number
  readonly run: number
  readonly folder: string
}

/** Where runs lie, in the order in which they are recorded: every seed once, then every seed again. */
export const places = ({ seeds, runs, folder }: Options): ReadonlyArray<Place> =>
  Array.from({ length: runs }, (_, run) =>
    seeds.map((seed) => ({ seed, run, folder: join(folder, `seed-${seed}`, `explore-${run}`) }))
  ).flat()

/** Runs that are there already are kept, and one that did not end goes on. */
export const record = Effect.fnUntraced(function* (world: World.World, options: Options) {
  const all = places(options)
  const share = 1 / (all.length * World.length(world))
  for (const [i, { seed, run, folder }] of all.entries()) {
    const policy = Explore.make(configOf(options, { seed, run }, world.experiment.training.epochs))
    let arrivals = 0
    yield* World.run(world, {
      policy,
      seed,
      folder,
      initial: join(options.folder, `seed-${seed}`, "initial"),
      resume: true,
      scorer: Everywhere.layer(join(folder, "everywhere.ndjson")),
      onEntry: ({ observation: { _tag: tag } }) => {
        if (tag === "BatchArrived" || tag === "RequestServed") arrivals += 1
        options.onProgress?.(i / all.length + arrivals * share, `seed ${seed}, run ${run + 1} of ${options.runs}`)
      }
    })
  }
})

const configOf = ({ seeds }: Options, { seed, run }: Pick<Place, "seed" | "run">, stepsPerBatch: number) => {
  const lots = { seed: 100 * seed + run, stepsPerBatch }
  if (run % 3 !== 2) return lots
  return { ...lots, turns: 0, stops: 0.1, need: steady[(seeds.indexOf(seed) + Math.floor(run / 3)) % steady.length]! }
}

/** Batches that the rounds of a steady run merge, seed by seed. */
const steady = [1, 2, 4, 8]
