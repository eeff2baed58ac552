import * as Additive from "@edgeol/sim/optimum/Additive"
import type * as Day from "@edgeol/sim/optimum/Day"
import fc from "fast-check"
import { expect, test } from "vitest"
import { anyProblem, anySchedule, schedules } from "./days.ts"

/** 10⁴ here, more at night: `EDGEOL_RUNS=100000 vitest run test/sim/optimum`. */
const runs = Number(process.env["EDGEOL_RUNS"] ?? 10_000)
const timeout = 120_000 + 10 * runs

/** What a schedule costs, told again in the plainest way. */
const told = ({ arrivals, gains, price, fixed }: Additive.Problem, rounds: ReadonlyArray<Day.Round>): number => {
  let total = rounds.reduce((sum, { compute }) => sum + fixed + compute, 0)
  arrivals.forEach((request, when) => {
    if (request.kind !== "request") return
    let batch = 0
    arrivals.slice(0, when).forEach(({ kind, scene }, came) => {
      if (kind !== "batch") return
      const gain = gains[batch++]!
      const round = rounds.find(({ began }) => began > came)
      const learnt = round !== undefined && round.serves <= when ? round.share : 0
      if (scene === request.scene) total += price * gain * (1 - learnt)
    })
  })
  return total
}

test("a schedule costs what its rounds and wrong answers cost", () => {
  const same = fc.property(
    anyProblem({ arrivals: 25, ways: 3 }).chain((problem) => fc.tuple(fc.constant(problem), anySchedule(problem))),
    ([problem, rounds]) => {
      expect(Additive.cost(problem, rounds)).toBeCloseTo(told(problem, rounds), 8)
    }
  )
  fc.assert(same)
})

test("equals brute force on days of up to eight events", () => {
  const counts = new Map<number, number>()
  const equal = fc.property(anyProblem({ arrivals: 8, ways: 2 }), (problem) => {
    let least = Infinity
    for (const rounds of schedules(problem)) least = Math.min(least, Additive.cost(problem, rounds))
    const { cost, rounds } = Additive.solve(problem)
    expect(cost).toBe(least)
    expect(Additive.cost(problem, rounds)).toBe(cost)
    counts.set(rounds.length, (counts.get(rounds.length) ?? 0) + 1)
  })
  fc.assert(equal, { numRuns: 500 })
  for (const rounds of [0, 1, 2]) expect(counts.get(rounds)).toBeGreaterThan(5)
})

test("no schedule has negative regret, be it of mixed ways or slow", { timeout }, () => {
  let [worse, slow] = [0, 0]
  const regret = fc.property(
    anyProblem({ arrivals: 30, ways: 3 }).chain((problem) => fc.tuple(fc.constant(problem), anySchedule(problem))),
    ([problem, rounds]) => {
      const { cost } = Additive.solve(problem)
      const paid = Additive.cost(problem, rounds)
      expect(paid - cost).toBeGreaterThanOrEqual(-1e-9 * paid)
      worse += paid > cost ? 1 : 0
      slow += rounds.some(({ began, serves }) => serves > began) ? 1 : 0
    }
  )
  fc.assert(regret, { numRuns: runs })
  expect(worse).toBeGreaterThan(runs / 2)
  expect(slow).toBeGreaterThan(runs / 4)
})

test("grows with the price, with the fixed cost and with the cost of a sample; doubling them all doubles it", () => {
  const grows = fc.property(anyProblem({ arrivals: 40, ways: 3 }), fc.integer({ min: 1, max: 9 }), (problem, more) => {
    const { cost } = Additive.solve(problem)
    const { fixed, price, ways } = problem
    const dearer = (factor: number) => ways.map((way) => ({ ...way, perSample: factor * (way.perSample + more) }))
    expect(Additive.solve({ ...problem, price: price + more }).cost).toBeGreaterThanOrEqual(cost)
    expect(Additive.solve({ ...problem, fixed: fixed + more }).cost).toBeGreaterThanOrEqual(cost)
    expect(Additive.solve({ ...problem, ways: dearer(1) }).cost).toBeGreaterThanOrEqual(cost)
    const doubled = ways.map((way) => ({ ...way, perSample: 2 * way.perSample }))
    expect(Additive.solve({ ...problem, fixed: 2 * fixed, price: 2 * price, ways: doubled }).cost).toBe(2 * cost)
  })
  fc.assert(grows, { numRuns: 1000 })
})

test("one more way never makes it dearer, and an idle one changes nothing", () => {
  const cheaper = fc.property(anyProblem({ arrivals: 40, ways: 4 }), (problem) => {
    const { cost } = Additive.solve(problem)
    const fewer = problem.ways.slice(1)
    expect(Additive.solve({ ...problem, ways: fewer }).cost).toBeGreaterThanOrEqual(cost)
    expect(Additive.solve({ ...problem, ways: [...problem.ways, ...problem.ways] }).cost).toBe(cost)
  })
  fc.assert(cheaper, { numRuns: 500 })
})

test("waits where that is free, learns at once where rounds are", () => {
  const always = fc.property(anyProblem({ arrivals: 40, ways: 1 }), (problem) => {
    expect(Additive.solve({ ...problem, price: 0 })).toEqual({ cost: 0, rounds: [] })
    const free = { ...problem, fixed: 0, ways: [{ share: 1, perSample: 0 }] }
    expect(Additive.solve(free).cost).toBe(0)
    expect(Additive.solve({ ...problem, ways: [] }).cost).toBe(Additive.cost(problem, []))
  })
  fc.assert(always, { numRuns: 300 })
})
