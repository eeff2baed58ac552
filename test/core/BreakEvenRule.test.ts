import * as BreakEvenRule from "@edgeol/core/BreakEvenRule"
import * as Additive from "@edgeol/sim/optimum/Additive"
import * as Exposure from "@edgeol/sim/optimum/Exposure"
import fc from "fast-check"
import { expect, test } from "vitest"
import * as Competitive from "../laws/Competitive.ts"
import { anyCurved, anyProblem } from "../sim/optimum/days.ts"
import { kinds, parse, worst } from "../bench/breakEven/Kinds.ts"

/** 10⁴ here, more at night: `EDGEOL_RUNS=1000000 vitest run test/core/BreakEvenRule.test.ts`. */
const runs = Number(process.env["EDGEOL_RUNS"] ?? 10_000)
const timeout = 120_000 + 10 * runs
const rounding = 1 + 1e-9

/** Gains add up, rounds learn all and cost the same, whatever they learn. */
const within = anyProblem({ arrivals: 40, ways: 1 }).map((problem) => ({
  ...problem,
  fixed: problem.fixed + 1,
  ways: [{ share: 1, perSample: 0 }]
}))

const paid = (problem: Additive.Problem, { rounds }: Competitive.Followed) => Additive.cost(problem, rounds)

/** Ratios seen, so that a law tells whether it was put to the test. */
const tally = () => {
  let [most, trained] = [0, 0]
  return {
    see(ratio: number, rounds: number) {
      if (ratio < Infinity) most = Math.max(most, ratio)
      trained += rounds > 0 ? 1 : 0
    },
    most: () => most,
    trained: () => trained
  }
}

test("round first: at most twice the optimum", { timeout }, () => {
  const seen = tally()
  const twice = fc.property(within, (problem) => {
    const followed = Competitive.follow(problem, Competitive.additive(problem))
    const { cost } = Additive.solve(problem)
    expect(paid(problem, followed)).toBeLessThanOrEqual(2 * cost * rounding)
    seen.see(paid(problem, followed) / cost, followed.rounds.length)
  })
  fc.assert(twice, { numRuns: runs })
  if (process.env["EDGEOL_RUNS"] !== undefined)
    console.info(`round first: ${runs} tapes, largest ratio ${seen.most()}, rounds on ${seen.trained()}`)
  expect(seen.most()).toBeGreaterThan(1.9)
  expect(seen.trained()).toBeGreaterThan(runs / 4)
})

test("answer first: at most twice, and what one answer loses beside", { timeout }, () => {
  const seen = tally()
  const beside = fc.property(within, (problem) => {
    const followed = Competitive.follow(problem, Competitive.additive(problem), { answersFirst: true })
    const { cost } = Additive.solve(problem)
    const bound = 2 + followed.most / problem.fixed
    expect(paid(problem, followed)).toBeLessThanOrEqual(bound * cost * rounding)
    seen.see(paid(problem, followed) / cost / bound, followed.rounds.length)
  })
  fc.assert(beside, { numRuns: runs })
  expect(seen.most()).toBeGreaterThan(0.8)
})

test("estimates within a factor ρ of the truth: at most ρ + ρ²", { timeout }, () => {
  const seen = tally()
  const factors = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 40, maxLength: 40 })
  const wrong = fc.property(within, fc.integer({ min: 4, max: 16 }), factors, (problem, quarters, powers) => {
    const rho = quarters / 4
    const believed = (loss: number, place: number) => loss * rho ** (powers[place]! / 4)
    const followed = Competitive.follow(problem, Competitive.additive(problem), { believed })
    const { cost } = Additive.solve(problem)
    expect(paid(problem, followed)).toBeLessThanOrEqual((rho + rho ** 2) * cost * rounding)
    seen.see(paid(problem, followed) / cost, followed.rounds.length)
  })
  fc.assert(wrong, { numRuns: runs })
  expect(seen.most()).toBeGreaterThan(2)
})

test("a threshold drawn for the run: e / (e - 1) of the optimum in expectation", { timeout }, () => {
  const seen = tally()
  const expected = fc.property(within, (problem) => {
    const { cost } = Additive.solve(problem)
    const mean = Competitive.expected(problem)
    expect(mean).toBeLessThanOrEqual((Math.E / (Math.E - 1)) * cost * rounding)
    seen.see(mean / cost, 1)
  })
  fc.assert(expected, { numRuns: runs / 10 })
  expect(seen.most()).toBeGreaterThan(1.4)
})

test("one account for each batch, undrawn: also at most twice", () => {
  const twice = fc.property(within, (problem) => {
    const followed = Competitive.follow(problem, Competitive.additive(problem), { each: true })
    expect(paid(problem, followed)).toBeLessThanOrEqual(2 * Additive.solve(problem).cost * rounding)
  })
  fc.assert(twice, { numRuns: 2000 })
})

test("diminishing returns, known: still at most twice what could have been avoided", () => {
  let [most, many] = [0, 0]
  const known = fc.property(anyCurved({ arrivals: 25, ways: 1 }), fc.integer({ min: 1, max: 30 }), (drawn, fixed) => {
    const problem = { ...drawn, fixed, ways: [{ share: 1, perSample: 0 }] }
    const { rounds } = Competitive.follow(problem, Competitive.curved(problem))
    const [cost, least] = [Exposure.cost(problem, rounds), Exposure.solve(problem).bound].map((all) =>
      Competitive.avoidable(problem, all)
    ) as [number, number]
    expect(cost).toBeLessThanOrEqual(2 * least + 1e-6)
    most = Math.max(most, least > 1e-6 ? cost / least : 0)
    many += rounds.length > 1 ? 1 : 0
  })
  fc.assert(known, { numRuns: 2000 })
  expect(most).toBeGreaterThan(1.7)
  expect(many).toBeGreaterThan(100)
})

test("the optimum of slow rounds is the optimum where they take no time, and above it where they do", () => {
  const slow = fc.property(within, fc.integer({ min: 1, max: 5 }), (problem, takes) => {
    const { cost } = Additive.solve(problem)
    expect(Competitive.slowly(problem, 0)).toBeCloseTo(cost, 8)
    expect(Competitive.slowly(problem, takes)).toBeGreaterThanOrEqual(cost - 1e-9)
    const { rounds } = Competitive.follow(problem, Competitive.additive(problem), { takes })
    expect(Additive.cost(problem, rounds)).toBeGreaterThanOrEqual(Competitive.slowly(problem, takes) - 1e-9)
  })
  fc.assert(slow, { numRuns: 300 })
})

test("the mean over drawn thresholds is the expectation, within its own error", () => {
  const problem = parse({ fixed: 8, tape: [1, 0, 0, 0, 2, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0] })
  const costs = Array.from({ length: 4000 }, (_, seed) =>
    paid(
      problem,
      Competitive.follow(problem, Competitive.additive(problem), { each: true, share: BreakEvenRule.drawn(seed) })
    )
  )
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length
  const deviation = Math.sqrt(costs.reduce((sum, cost) => sum + (cost - mean) ** 2, 0) / costs.length)
  const error = (4 * deviation) / Math.sqrt(costs.length)
  expect(Math.abs(mean - Competitive.expected(problem))).toBeLessThan(error)
})

test("costs as much as ever on the worst tapes that were found", () => {
  for (const [name, kind] of Object.entries(kinds)) {
    const { ratio, ...scenario } = worst[name]!
    expect(kind.ratio(parse(scenario)), name).toBeCloseTo(ratio, 6)
  }
})

test("books no more than a number holds, and is never due for nothing", () => {
  expect(BreakEvenRule.answered([Number.MAX_VALUE], [Number.MAX_VALUE])).toEqual([Number.MAX_VALUE])
  expect(BreakEvenRule.due(BreakEvenRule.empty, 0)).toBe(false)
  expect(BreakEvenRule.due([0], 0)).toBe(false)
  expect(BreakEvenRule.due([1e-300], 0)).toBe(true)
})
