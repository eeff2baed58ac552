import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import * as Beside from "@edgeol/sim/optimum/Beside"
import * as Recorded from "@edgeol/sim/optimum/Recorded"
import * as Simulate from "@edgeol/sim/Simulate"
import { anySimWorld } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

const anyRun = fc
  .tuple(fc.constantFrom("head", "immediate+head", "periodic:3+head", "breakEven:50"), anySimWorld())
  .map(([specification, world]) => {
    const tape: Array<Entry> = []
    Simulate.run(Policies.parse(specification), world(), (entry) => tape.push(entry))
    return tape
  })

test("no run beats the best schedule, and a worthless round is never part of it", () => {
  let [worse, ran] = [0, 0]
  const holds = fc.property(anyRun, fc.nat(50), fc.integer({ min: 0, max: 10 }), (tape, price, tenths) => {
    const { rates } = Recorded.drawn(tape, price)
    const rated = Beside.rate(tape, tenths / 10, rates)
    expect(rated.regret).toBeGreaterThanOrEqual(-1e-9 * rated.paid)
    worse += rated.regret > 1e-6 * rated.paid ? 1 : 0
    ran += rated.optimum.rounds.length > 0 ? 1 : 0
    expect(Beside.rate(tape, 0, rates).optimum.rounds).toEqual([])
  })
  fc.assert(holds, { numRuns: 200 })
  for (const reached of [worse, ran]) expect(reached).toBeGreaterThan(20)
})

test("what rounds mend is a share, and without rounds what is believed at first", () => {
  const holds = fc.property(fc.array(anyRun, { maxLength: 3 }), (tapes) => {
    const share = Beside.recovered(tapes)
    expect(share).toBeGreaterThanOrEqual(0)
    expect(share).toBeLessThanOrEqual(1)
    if (!tapes.some(Recorded.hasRounds)) expect(share).toBeCloseTo(0.02, 12)
  })
  fc.assert(holds, { numRuns: 100 })
})
