import * as Decision from "@edgeol/sim/cost/Decision"
import * as Learn from "@edgeol/sim/cost/Learn"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { observe } from "./boards.ts"

const grid = fc.integer({ min: 1, max: 40 }).map((n) => n / 8)
const costs = fc.array(fc.record({ time: grid, power: grid }), { minLength: 1, maxLength: 12 })

describe("the cheapest mode", () => {
  it("is in time if any is, and no other in time takes fewer joules", () => {
    const met = { inTime: 0, late: 0 }
    fc.assert(
      fc.property(costs, grid, (all, within) => {
        const chosen = all[Decision.cheapest(all, within)]!
        const inTime = all.filter(({ time }) => time <= within)
        if (inTime.length === 0) {
          met.late++
          expect(chosen.time).toBe(Math.min(...all.map(({ time }) => time)))
        } else {
          met.inTime++
          expect(chosen.time).toBeLessThanOrEqual(within)
          expect(chosen.time * chosen.power).toBe(Math.min(...inTime.map(({ time, power }) => time * power)))
        }
      })
    )
    expect(Math.min(met.inTime, met.late)).toBeGreaterThan(5)
  })

  it("wastes nothing when predictions are right and equal ones are as good", () => {
    const three = [1, 1, 1, 2, 4].map((power) => ({ time: 2, power }))
    expect(Decision.outcome(three, three, 2)).toEqual({ regret: 0, late: 0 })
    const wrong = three.map(({ time, power }) => ({ time, power: 1 / power }))
    expect(Decision.outcome(wrong, three, 2)).toEqual({ regret: 3, late: 0 })
    const slow = [{ time: 3, power: 0.1 }, ...three.slice(1)]
    expect(Decision.outcome([{ time: 2, power: 0.1 }, ...three.slice(1)], slow, 2).late).toBe(0.5)
  })
})

describe("doubt", () => {
  const belief = (time: number, power: number, spread: number) => ({
    time: { mean: Math.log(time), spread },
    power: { mean: Math.log(power), spread }
  })

  it("is greatest about what may be best, and next to none about what cannot be", () => {
    const [best, close, dear, late, unknown] = Decision.doubts(
      [belief(1, 10, 0.01), belief(1, 10.1, 0.02), belief(1, 20, 0.02), belief(3, 1, 0.02), belief(1, 13, 0.3)],
      2
    ) as unknown as [number, number, number, number, number]
    expect(best).toBe(1)
    expect(close).toBeGreaterThan(0.3)
    expect(dear).toBeLessThan(1e-6)
    expect(late).toBeLessThan(1e-6)
    expect(unknown).toBeGreaterThan(0.1)
  })

  it("chooses modes that make a better decision than chance", () => {
    const within = 0.25
    const regret = (how: (within: number) => Learn.Choice) =>
      [1, 2, 3, 4].reduce((sum, seed) => {
        const noisy = observe(0.05, seed)
        return sum + Learn.decide(Learn.learn(noisy, 30, seed, how(within)).fit, observe(0, 1), within).regret
      }, 0)
    expect(regret((seconds) => ({ within: seconds }))).toBeLessThanOrEqual(regret(() => "random"))
  })
})
