import * as Rng from "@edgeol/core/Rng"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const draws = (rng: Rng.Rng, count: number) => Array.from({ length: count }, rng.next)
const anyName = fc.constantFrom("arrivals", "noise", "weights", "")

test("equal seeds and names give equal streams, different ones different streams", () => {
  const streams = fc.property(fc.nat(), anyName, fc.nat(), anyName, (seed, name, otherSeed, otherName) => {
    const same = seed === otherSeed && name === otherName
    expect(draws(Rng.named(seed, name), 8)).toEqual(draws(Rng.named(seed, name), 8))
    if (!same) expect(draws(Rng.named(seed, name), 8)).not.toEqual(draws(Rng.named(otherSeed, otherName), 8))
  })
  fc.assert(streams)
})

test("drawing from one stream leaves another alone", () => {
  const [noise, arrivals] = [Rng.named(1, "noise"), Rng.named(1, "arrivals")]
  draws(noise, 100)
  expect(draws(arrivals, 8)).toEqual(draws(Rng.named(1, "arrivals"), 8))
})

test("a stream goes on from its state through JSON", () => {
  const goesOn = fc.property(fc.nat(), fc.nat({ max: 50 }), (seed, before) => {
    const rng = Rng.named(seed, "noise")
    draws(rng, before)
    const state: Rng.State = JSON.parse(JSON.stringify(rng.state()))
    expect(draws(Rng.restore(state), 8)).toEqual(draws(rng, 8))
  })
  fc.assert(goesOn)
})

test("a permutation holds every number once", () => {
  const whole = fc.property(fc.nat(), fc.nat({ max: 200 }), (seed, n) => {
    const order = Rng.named(seed, "order").permutation(n)
    expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
  })
  fc.assert(whole)
})

// Of 100,000 draws the mean of a law with unit variance strays 4 standard errors, 0.013, once in 16,000 seeds.
describe("laws of chance", () => {
  const count = 100_000
  const moments = (draw: () => number) => {
    const values = Array.from({ length: count }, draw)
    const mean = values.reduce((sum, value) => sum + value, 0) / count
    return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count }
  }

  test.each([1, 2, 3])("seed %d", (seed) => {
    const normal = moments(Rng.named(seed, "normal").normal)
    expect(Math.abs(normal.mean)).toBeLessThan(0.013)
    expect(Math.abs(normal.variance - 1)).toBeLessThan(0.02)
    const exponential = moments(Rng.named(seed, "exponential").exponential)
    expect(Math.abs(exponential.mean - 1)).toBeLessThan(0.013)
    expect(Math.abs(exponential.variance - 1)).toBeLessThan(0.04)
    const rng = Rng.named(seed, "below")
    const dice = moments(() => rng.below(6))
    expect(Math.abs(dice.mean - 2.5)).toBeLessThan(0.022)
  })
})
