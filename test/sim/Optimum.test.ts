import type { Entry } from "@edgeol/core/Journal"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Exposure from "@edgeol/sim/optimum/Exposure"
import * as Optimum from "@edgeol/sim/Optimum"
import * as Simulate from "@edgeol/sim/Simulate"
import { anySimWorld, anySpecification, build } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

/** 300 here, more at night: `EDGEOL_RUNS=100000 vitest run test/sim/Optimum.test.ts`. */
const runs = Number(process.env["EDGEOL_RUNS"] ?? 300)
const timeout = 120_000 + 10 * runs

/** Seconds; a unit that is frozen learns nothing. */
const rates = ({ costs, learner, cold, batchSize }: Simulate.World, price: number): Optimum.Rates => {
  const depths = Array.from({ length: learner.units }, (_, depth) => depth)
  const frozen = (depth: number) => depths.map((unit) => unit < depth)
  const fixed = costs.save + (cold ? costs.startUp + costs.load : 0)
  const step = depths.map((depth) =>
    CostModel.step(costs, batchSize, frozen(depth)).reduce((sum, { seconds }) => sum + seconds, 0)
  )
  return { fixed, step, share: depths.map((depth) => 1 - depth / learner.units), stepsPerSample: 1, price }
}

const wrong = (_: number, exposure: number) => 0.9 / (1 + exposure / 12)

const anyPrice = fc.integer({ min: 0, max: 40 }).map((tenths) => tenths / 10)

test("no policy of the registry does better than the optimum on the day that it lived", { timeout }, () => {
  const reached = { rounds: 0, worse: 0, best: 0, slow: 0, mixed: 0 }
  const never = fc.property(anySpecification(), anySimWorld(), anyPrice, (specification, world, price) => {
    const tape: Array<Entry> = []
    const made = world()
    const { summary } = Simulate.run(build(specification), made, (entry) => tape.push(entry))
    const taped = Optimum.ofTape(tape, rates(made, price))
    const { paid, optimum, regret } = Optimum.regret(taped, wrong)
    expect(regret).toBeGreaterThanOrEqual(-1e-9 * paid)
    expect(optimum.cost - optimum.bound).toBeLessThanOrEqual(0.05 * paid)
    expect(taped.rounds).toHaveLength(summary.rounds)
    expect(taped.day.arrivals.filter(({ kind }) => kind === "request")).toHaveLength(summary.requests || 0)
    reached.rounds += summary.rounds
    reached.worse += regret > 1e-6 * paid ? 1 : 0
    reached.best += regret > 1e-6 * paid ? 0 : 1
    reached.slow += taped.rounds.filter(({ began, serves }) => serves > began).length
    const pure = (share: number) => Number.isInteger(share * made.learner.units)
    reached.mixed += taped.rounds.filter(({ share }) => !pure(share)).length
  })
  fc.assert(never, { numRuns: runs })
  for (const times of Object.values(reached)) expect(times).toBeGreaterThan(10)
})

test("a tape that ends within a round pays for the steps that were made", () => {
  const seen = fc.property(anySpecification(), anySimWorld(), (specification, world) => {
    const tape: Array<Entry> = []
    const made = world()
    Simulate.run(build(specification), made, (entry) => tape.push(entry))
    const at = tape.findIndex(({ observation }) => observation._tag === "StepFinished")
    if (at < 0) return
    const of = rates(made, 1)
    const { day, rounds } = Optimum.ofTape(tape.slice(0, at + 1), of)
    expect(rounds).toHaveLength(1)
    expect(rounds[0]!.serves).toBe(day.arrivals.length)
    expect(of.step).toContain(rounds[0]!.compute)
    expect(Exposure.cost({ ...day, wrong }, rounds)).toBeGreaterThan(Exposure.cost({ ...day, wrong }, []))
  })
  fc.assert(seen)
})
