import type { Entry } from "@edgeol/core/Journal"
import * as Exposure from "@edgeol/sim/optimum/Exposure"
import * as Recorded from "@edgeol/sim/optimum/Recorded"
import * as Optimum from "@edgeol/sim/Optimum"
import * as Simulate from "@edgeol/sim/Simulate"
import { anySimWorld, anySpecification, build } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

const anyRun = fc.tuple(anySpecification(), anySimWorld()).map(([specification, world]) => {
  const tape: Array<Entry> = []
  const { summary } = Simulate.run(build(specification), world(), (entry) => tape.push(entry))
  return { tape, summary }
})

test("the model has every joule of a run: rounds, and deciding", () => {
  let [rounds, deciding] = [0, 0]
  const all = fc.property(anyRun, ({ tape, summary }) => {
    const drawn = Recorded.drawn(tape, 0)
    const { day, rounds: made } = Optimum.ofTape(tape, drawn.rates)
    const joules = Exposure.cost({ ...day, wrong: () => 0 }, made)
    expect(joules + drawn.deciding).toBeCloseTo(summary.joules, 6)
    rounds += made.length
    deciding += drawn.deciding > 0 ? 1 : 0
  })
  fc.assert(all, { numRuns: 200 })
  for (const reached of [rounds, deciding]) expect(reached).toBeGreaterThan(20)
})

test("no run has negative regret against its own curves", () => {
  let worse = 0
  const never = fc.property(anyRun, anyRun, fc.nat(50), (one, other, price) => {
    const tapes = [one.tape, other.tape].filter(Recorded.isOfRoundsAlone)
    const curves = Recorded.curves(tapes)
    const typical = Recorded.drawn(tapes.flat(), price).rates
    for (const tape of tapes) {
      const { paid, regret, optimum } = Recorded.rate(tape, curves, typical)
      expect(regret).toBeGreaterThanOrEqual(-1e-9 * paid)
      expect(optimum.exact).toBe(true)
      worse += regret > 1e-6 * paid ? 1 : 0
    }
  })
  fc.assert(never, { numRuns: 200 })
  expect(worse).toBeGreaterThan(20)
})
