import { type Activity, activities, type Ledger } from "@edgeol/core/Ledger"
import { seconds } from "@edgeol/core/Units"
import * as Uncertainty from "@edgeol/sim/Uncertainty"
import fc from "fast-check"
import { expect, test } from "vitest"

const all = (value: number) =>
  Object.fromEntries(activities.map((name) => [name, value])) as { [A in Activity]: number }
const spread = (value: number, power = value): Uncertainty.Spread => ({ seconds: all(value), watts: all(power) })
const ledger = (forward: number, startUp: number): Ledger => ({ forward: seconds(forward), startUp: seconds(startUp) })
const width = ({ low, high }: Uncertainty.Interval) => high - low

test("without doubt and with one seed, totals are what the ledger says", () => {
  const { totals, changes } = Uncertainty.carry({ a: [ledger(3, 1)], b: [ledger(1, 1)] }, "a", {
    watts: all(5),
    spread: spread(0)
  })
  expect(totals.a).toEqual({ seconds: { mean: 4, low: 4, high: 4 }, joules: { mean: 20, low: 20, high: 20 } })
  expect(changes.b!.seconds).toEqual({ mean: -0.5, low: -0.5, high: -0.5 })
})

test("a 90 % interval of one kind of work is as wide as it was said", () => {
  const { totals } = Uncertainty.carry({ a: [ledger(10, 0)] }, "a", {
    watts: all(1),
    spread: spread(0.2, 0),
    draws: 20_000
  })
  expect(totals.a!.seconds.high).toBeCloseTo(12, 0)
  expect(totals.a!.seconds.low).toBeCloseTo(10 / 1.2, 0)
})

test("what policies share cancels in their difference", () => {
  const anyLedgers = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })), {
    minLength: 1,
    maxLength: 4
  })
  const cancels = fc.property(anyLedgers, fc.integer({ min: 1, max: 9 }), (drawn, tenths) => {
    const whole = drawn.map(([forward, startUp]) => ledger(forward, startUp))
    const part = drawn.map(([forward, startUp]) => ledger((forward * tenths) / 10, (startUp * tenths) / 10))
    const options = { watts: all(3), spread: spread(0.5), draws: 200 }
    const { changes, totals } = Uncertainty.carry({ whole, part }, "whole", options)
    expect(changes.part!.joules.mean).toBeCloseTo(tenths / 10 - 1, 9)
    expect(width(changes.part!.joules)).toBeLessThan(1e-9)
    expect(width(totals.part!.joules)).toBeGreaterThan(0.1 * totals.part!.joules.mean)
  })
  fc.assert(cancels, { numRuns: 30 })
})

test("more seeds that differ narrow it", () => {
  const options = { watts: all(1), spread: spread(0) }
  const few = Uncertainty.carry({ a: [1, 9].map((s) => ledger(s, 0)) }, "a", options)
  const many = Uncertainty.carry({ a: Array.from({ length: 40 }, (_, i) => ledger(i % 2 ? 1 : 9, 0)) }, "a", options)
  expect(width(many.totals.a!.seconds)).toBeLessThan(width(few.totals.a!.seconds) / 2)
})
