/**
 * CPU seconds for the optimum of a day: 2,000 requests, 300 batches, 5 depths. With gains that add up; and with accuracy as
 * a curve of exposure: where 8 scenes come once, where they come back, and in a single scene. Target: 5 s. `gap` is what the
 * bound leaves open, as a share of the cost; 0: exact. `node test/bench/optimum.ts [--json]`.
 */
import * as Rng from "@edgeol/core/Rng"
import * as Additive from "@edgeol/sim/optimum/Additive"
import type * as Day from "@edgeol/sim/optimum/Day"
import * as Exposure from "@edgeol/sim/optimum/Exposure"

const size = { batches: 300, requests: 2000, scenes: 8 }
const shares = [1, 0.95, 0.8, 0.5, 0.2]

/** Each stretch has its scene; what arrives is drawn at random places. */
const day = (stretches: number): Day.Day => {
  const rng = Rng.named(1, "arrivals")
  const kinds = [...Array<"batch">(size.batches).fill("batch"), ...Array<"request">(size.requests).fill("request")]
  const order = rng.permutation(kinds.length)
  const arrivals = Array.from(order, (place, i): Day.Arrival => {
    const scene = Math.floor((i * stretches) / kinds.length) % size.scenes
    return kinds[place] === "batch" ? { kind: "batch", samples: 16, scene } : { kind: "request", scene }
  })
  const ways = shares.map((share) => ({ share, perSample: 0.1 + 0.3 * share }))
  return { arrivals, ways, fixed: 12, price: 8 }
}

const timed = <A>(work: () => A): readonly [seconds: number, result: A] => {
  const began = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(began)
  return [(user + system) / 1e6, result]
}

const check = (paid: number, cost: number) => {
  if (Math.abs(paid - cost) > 1e-9 * cost) throw new Error(`The optimum is said to cost ${cost} and costs ${paid}.`)
}

const additive = () => {
  const rng = Rng.named(1, "gains")
  const problem = { ...day(24), gains: Array.from({ length: size.batches }, () => 0.05 * rng.next()) }
  const [seconds, { cost, rounds }] = timed(() => Additive.solve(problem))
  check(Additive.cost(problem, rounds), cost)
  return { seconds, cost, rounds: rounds.length, gap: 0 }
}

const exposure = (stretches: number) => {
  const problem = { ...day(stretches), wrong: (_: number, samples: number) => 0.1 + 36 / (60 + samples) }
  const [seconds, { cost, bound, rounds }] = timed(() => Exposure.solve(problem))
  check(Exposure.cost(problem, rounds), cost)
  return { seconds, cost, rounds: rounds.length, gap: 1 - bound / cost }
}

const result = { additive: additive(), exposure: exposure(8), recurring: exposure(24), single: exposure(1) }
console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
