import * as Quantiles from "@edgeol/core/Quantiles"
import fc from "fast-check"
import { expect, test } from "vitest"

const anyDurations = fc.array(
  fc.integer({ min: 1, max: 1e9 }).map((n) => n / 1e6),
  { minLength: 1 }
)

test("are within 0.2 % of the nearest rank", () => {
  const agrees = fc.property(anyDurations, fc.integer({ min: 1, max: 100 }), (durations, percent) => {
    const quantiles = Quantiles.make()
    for (const duration of durations) quantiles.add(duration)
    const sorted = durations.toSorted((a, b) => a - b)
    const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1]!
    expect(Math.abs(quantiles.at(percent / 100) / exact - 1)).toBeLessThan(0.002)
    expect(quantiles.count()).toBe(durations.length)
  })
  fc.assert(agrees)
})

test("of nothing are no number; of no time, zero; and what is too long is the longest", () => {
  const quantiles = Quantiles.make()
  expect(quantiles.at(0.5)).toBeNaN()
  quantiles.add(0)
  expect(quantiles.at(0.5)).toBe(0)
  quantiles.add(1e300)
  expect(quantiles.at(1)).toBeGreaterThan(1e9)
})

test("of two streams are those of both together", () => {
  const agrees = fc.property(anyDurations, anyDurations, fc.integer({ min: 1, max: 100 }), (some, more, percent) => {
    const [one, other, both] = [Quantiles.make(), Quantiles.make(), Quantiles.make()]
    for (const duration of some) one.add(duration)
    for (const duration of more) other.add(duration)
    for (const duration of [...some, ...more]) both.add(duration)
    one.merge(other)
    expect([one.at(percent / 100), one.count()]).toEqual([both.at(percent / 100), both.count()])
  })
  fc.assert(agrees)
})
