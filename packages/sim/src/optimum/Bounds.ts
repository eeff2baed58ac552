/**
 * What a schedule that goes on will cost at least. A batch is learnt once, so what a round misses of it stays missing. As
 * curves fall ever more slowly, that harms a request no less than if all else had been learnt, fully and at once, and two
 * misses harm no less than each alone and added up.
 */
import type { Problem } from "./Exposure.ts"
import * as Table from "./Table.ts"

export interface Bounds {
  /** By batches that have come: what the rest of the day costs, if all that came had been learnt fully. */
  readonly rest: Float64Array
  /** What the rest costs more, if so much exposure of each scene is missing. */
  readonly harm: (come: number, missing: Float64Array) => number
  /** The part of it that falls on the requests before the next batch. */
  readonly harmOf: (come: number, missing: Float64Array) => number
}

export const make = (problem: Problem, table: Table.Table): Bounds => {
  const full = Math.max(...problem.ways.map(({ share }) => share))
  const later = Array.from({ length: table.scenes }, (_, scene) => askedOf(problem, table, full, scene))
  const harm = (come: number, missing: Float64Array): number => {
    let sum = 0
    for (let scene = 0; scene < missing.length; scene++) {
      if (missing[scene]! > 0) sum += harmLater(problem, later[scene]!, scene, come, missing[scene]!)
    }
    return problem.price * sum
  }
  const harmOf = (come: number, missing: Float64Array): number => {
    let sum = 0
    for (const [scene, requests] of table.asked[come]!) {
      if (missing[scene]! <= 0) continue
      const exposure = full * table.known[come]![scene]!
      sum += requests * (problem.wrong(scene, Math.max(0, exposure - missing[scene]!)) - problem.wrong(scene, exposure))
    }
    return problem.price * sum
  }
  return { rest: rest(problem, table, full, harm), harm, harmOf }
}

/** Requests of a scene, by the batches that have come before them. */
interface Asked {
  readonly come: ReadonlyArray<number>
  readonly requests: ReadonlyArray<number>
  /** Exposure when all is learnt, and what is wrong then. */
  readonly exposure: ReadonlyArray<number>
  readonly wrong: ReadonlyArray<number>
}

const askedOf = ({ wrong }: Problem, { asked, known }: Table.Table, full: number, scene: number): Asked => {
  const come = asked.flatMap((of, i) => (of.some(([asks]) => asks === scene) ? [i] : []))
  const exposure = come.map((i) => full * known[i]![scene]!)
  return {
    come,
    requests: come.map((i) => asked[i]!.find(([asks]) => asks === scene)![1]),
    exposure,
    wrong: exposure.map((x) => wrong(scene, x))
  }
}

const harmLater = (
  problem: Problem,
  { come, requests, exposure, wrong }: Asked,
  scene: number,
  from: number,
  missing: number
): number => {
  let sum = 0
  for (let i = come.length - 1; i >= 0 && come[i]! >= from; i--) {
    sum += requests[i]! * (problem.wrong(scene, Math.max(0, exposure[i]! - missing)) - wrong[i]!)
  }
  return sum
}

const rest = (problem: Problem, table: Table.Table, full: number, harm: Bounds["harm"]): Float64Array => {
  const { known, asked, scenes } = table
  const least = new Float64Array(known.length)
  const loss = new Float64Array(scenes)
  for (let from = known.length - 1; from >= 0; from--) {
    for (let scene = 0; scene < scenes; scene++) {
      loss[scene] = problem.price * problem.wrong(scene, full * known[from]![scene]!)
    }
    let [waited, best] = [0, Infinity]
    for (let to = from + 1; to < known.length; to++) {
      waited += Table.charge(asked[to - 1]!, loss)
      const before = waited + problem.fixed + least[to]!
      best = Math.min(best, before + cheapest(problem, table, full, from, to, best - before, harm))
    }
    least[from] = Math.min(best, waited + Table.charge(asked.at(-1)!, loss))
  }
  return least
}

/** The cheapest way to learn these batches, with the harm of what it misses; none if it cannot be below `limit`. */
const cheapest = (
  { ways }: Problem,
  { known, samples }: Table.Table,
  full: number,
  from: number,
  to: number,
  limit: number,
  harm: Bounds["harm"]
): number => {
  let best = limit
  for (const { share, perSample } of ways) {
    const cost = perSample * (samples[to]! - samples[from]!)
    if (cost >= best) continue
    const missing = known[to]!.map((x, scene) => (full - share) * (x - known[from]![scene]!))
    best = Math.min(best, cost + harm(to, missing))
  }
  return best
}
