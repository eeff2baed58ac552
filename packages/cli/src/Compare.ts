/** Runs policies on the same streams, seed by seed. */
import { join } from "node:path"
import type { Policy } from "@edgeol/core/Policy"
import { Effect } from "effect"
import * as Comparison from "./Comparison.ts"
import type { Tape } from "./Tape.ts"
import * as World from "./World.ts"

export interface Options {
  readonly policies: ReadonlyArray<Policy>
  readonly seeds: ReadonlyArray<number>
  readonly folder: string
  /** Keeps runs in the folder that ended, and goes on with one that did not. */
  readonly resume: boolean
  /** Done, of 1, and what is being done. */
  readonly onProgress?: (done: number, doing: string) => void
  /** What the comparison says of a run; its summary unless given. */
  readonly line?: (seed: number, result: World.Result) => Comparison.Run
}

export interface Compared {
  readonly comparison: Comparison.Comparison
  readonly tapes: ReadonlyArray<Tape>
}

export const compare = Effect.fnUntraced(function* (world: World.World, options: Options) {
  const { policies, seeds, folder, resume, onProgress, line = plain } = options
  const runs: Record<string, Array<Comparison.Run>> = {}
  const tapes: Array<Tape> = []
  for (const [i, seed] of seeds.entries()) {
    for (const [j, policy] of policies.entries()) {
      const own = join(folder, `seed-${seed}`, slug(policy.name))
      const before = (i * policies.length + j) / (seeds.length * policies.length)
      const share = 1 / (seeds.length * policies.length * World.length(world, seed))
      let arrivals = 0
      const result = yield* World.run(world, {
        policy,
        seed,
        folder: own,
        initial: join(folder, `seed-${seed}`, "initial"),
        resume,
        onEntry: ({ observation: { _tag: tag } }) => {
          if (tag === "BatchArrived" || tag === "RequestServed") arrivals += 1
          onProgress?.(before + arrivals * share, `${policy.name}, seed ${seed}`)
        }
      })
      tapes.push(result.tape)
      ;(runs[policy.name] ??= []).push(line(seed, result))
    }
  }
  return { comparison: Comparison.compare(runs), tapes } satisfies Compared
})

const plain = (seed: number, { summary }: World.Result) => Comparison.run(seed, summary)

/** A name that is also a good folder. */
export const slug = (name: string) => name.replace(/[^\w.=-]+/g, "-")
