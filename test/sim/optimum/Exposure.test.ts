import * as Exposure from "@edgeol/sim/optimum/Exposure"
import fc from "fast-check"
import { expect, test } from "vitest"
import { anyCurved, anySchedule, schedules } from "./days.ts"

/** 10⁴ here, more at night: `EDGEOL_RUNS=100000 vitest run test/sim/optimum`. */
const runs = Number(process.env["EDGEOL_RUNS"] ?? 10_000)
const timeout = 120_000 + 10 * runs

test("equals brute force on days of up to eight events; with little room it says how far off it may be", () => {
  const counts = new Map<number, number>()
  const equal = fc.property(anyCurved({ arrivals: 8, ways: 2 }), fc.integer({ min: 1, max: 2 }), (problem, most) => {
    let least = Infinity
    for (const rounds of schedules(problem)) least = Math.min(least, Exposure.cost(problem, rounds))
    const { cost, bound, exact, rounds } = Exposure.solve(problem)
    expect(exact).toBe(true)
    expect(cost).toBeCloseTo(least, 9)
    expect(bound).toBe(cost)
    const hasty = Exposure.solve(problem, most)
    expect(hasty.bound).toBeLessThanOrEqual(least + 1e-9)
    expect(hasty.cost).toBeGreaterThanOrEqual(least - 1e-9)
    expect(hasty.cost === hasty.bound).toBe(hasty.exact)
    counts.set(rounds.length, (counts.get(rounds.length) ?? 0) + 1)
  })
  fc.assert(equal, { numRuns: 500 })
  for (const rounds of [0, 1, 2]) expect(counts.get(rounds)).toBeGreaterThan(5)
})

test("no schedule has negative regret, be it slow, or the search short of room", { timeout }, () => {
  let [worse, slow, short] = [0, 0, 0]
  const regret = fc.property(
    anyCurved({ arrivals: 30, ways: 3 }).chain((problem) => fc.tuple(fc.constant(problem), anySchedule(problem, true))),
    fc.constantFrom(1, 2, 100),
    ([problem, rounds], most) => {
      const { bound, exact } = Exposure.solve(problem, most)
      const paid = Exposure.cost(problem, rounds)
      expect(paid - bound).toBeGreaterThanOrEqual(-1e-9 * paid)
      worse += paid > bound ? 1 : 0
      slow += rounds.some(({ began, serves }) => serves > began) ? 1 : 0
      short += exact ? 0 : 1
    }
  )
  fc.assert(regret, { numRuns: runs })
  for (const reached of [2 * worse, 4 * slow, 500 * short]) expect(reached).toBeGreaterThan(runs)
})

test("grows with the price and the fixed cost; doubling all costs doubles it", () => {
  const grows = fc.property(anyCurved({ arrivals: 25, ways: 3 }), fc.integer({ min: 1, max: 9 }), (problem, more) => {
    const { cost } = Exposure.solve(problem)
    const { fixed, price, ways } = problem
    expect(Exposure.solve({ ...problem, price: price + more }).bound).toBeGreaterThanOrEqual(cost - 1e-9)
    expect(Exposure.solve({ ...problem, fixed: fixed + more }).bound).toBeGreaterThanOrEqual(cost - 1e-9)
    const doubled = ways.map((way) => ({ ...way, perSample: 2 * way.perSample }))
    expect(Exposure.solve({ ...problem, fixed: 2 * fixed, price: 2 * price, ways: doubled }).cost).toBeCloseTo(
      2 * cost,
      9
    )
  })
  fc.assert(grows, { numRuns: 500 })
})
