import * as PowerIntegral from "@edgeol/hw-jetson/PowerIntegral"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"

/** Milliseconds between samples and milliwatts, as integers on a grid. */
const trace = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 30_000 })), {
    minLength: 2,
    maxLength: 200
  })
  .map((samples) => {
    let now = 0
    const at = samples.map(([step]) => (now += step) / 1000)
    return { at, watts: samples.map(([, milliwatts]) => milliwatts / 1000) }
  })

const close = (actual: number, expected: number) =>
  assert.closeTo(actual, expected, 1e-9 * Math.max(1, Math.abs(expected)))

/** A linear congruential generator (Numerical Recipes 1992, ranqd1): the same draws everywhere. */
const draws = (seed: number) => {
  let state = seed
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

/** Power in 1 ms steps, of which a meter sees every `every`-th, rounded to a step of `q` watts. */
const coverage = (next: (draw: () => number, last: number) => number, every: number, q: number): number => {
  const runs = 200
  let inside = 0
  for (let run = 0; run < runs; run++) {
    const draw = draws(run + 1)
    let last = 10
    const truth = Array.from({ length: 10_001 }, () => (last = next(draw, last)))
    const at = truth.map((_, i) => i / 1000)
    const seen = at.map((_, i) => i).filter((i) => i % every === 0)
    const exact = PowerIntegral.integrate(at, truth, { accuracy: 0 }).joules
    const measured = PowerIntegral.integrate(
      seen.map((i) => i / 1000),
      seen.map((i) => Math.round((truth[i] ?? 0) / q) * q),
      { accuracy: 0, step: q }
    )
    if (Math.abs(measured.joules - exact) <= measured.error) inside++
  }
  return inside / runs
}

describe("energy", () => {
  it("of a constant is power times time, of a ramp the mean of its ends", () => {
    close(PowerIntegral.integrate([0, 0.1, 4], [7, 7, 7]).joules, 28)
    close(PowerIntegral.integrate([1, 2, 5], [0, 2, 8]).joules, 16)
  })

  it("over windows adds up, with their edges interpolated", () => {
    fc.assert(
      fc.property(trace, fc.integer({ min: 0, max: 1000 }), ({ at, watts }, share) => {
        const [from, to] = [at[0] ?? 0, at.at(-1) ?? 0]
        const middle = from + ((to - from) * share) / 1000
        const whole = PowerIntegral.integrate(at, watts)
        const left = PowerIntegral.integrate(at, watts, { from, to: middle })
        const right = PowerIntegral.integrate(at, watts, { from: middle, to })
        close(left.joules + right.joules, whole.joules)
        close(left.seconds + right.seconds, whole.seconds)
      })
    )
    close(PowerIntegral.integrate([0, 10], [0, 10], { from: 2, to: 4 }).joules, 6)
  })

  it("does not depend on how the samples come, and is resumed from JSON", () => {
    fc.assert(
      fc.property(trace, fc.nat(200), ({ at, watts }, cut) => {
        const options = { maxGap: 0.3, frozenAfter: 1, step: 0.04 }
        const half = PowerIntegral.addAll(PowerIntegral.empty(options), at.slice(0, cut), watts.slice(0, cut))
        const resumed = PowerIntegral.addAll(JSON.parse(JSON.stringify(half)), at.slice(cut), watts.slice(cut))
        const single = at.reduce((sum, t, i) => PowerIntegral.add(sum, t, watts[i] ?? 0), PowerIntegral.empty(options))
        const whole = PowerIntegral.integrate(at, watts, options)
        assert.deepStrictEqual(PowerIntegral.energy(resumed), whole)
        assert.deepStrictEqual(PowerIntegral.energy(single), whole)
      })
    )
  })

  it("holds the nearest reading where a window reaches past the samples, and says so", () => {
    const { joules, gaps, gapSeconds } = PowerIntegral.integrate([1, 2], [4, 6], { from: 0, to: 5 })
    close(joules, 4 + 5 + 18)
    assert.deepStrictEqual([gaps, gapSeconds], [2, 4])
    close(PowerIntegral.integrate([1], [4], { from: 2, to: 3 }).joules, 4)
  })

  it("of nothing is nothing", () => {
    const { joules, error, seconds, watts } = PowerIntegral.integrate([], [])
    assert.deepStrictEqual([joules, error, seconds, watts], [0, 0, 0, 0])
  })
})

describe("bad samples", () => {
  it("are dropped and counted: no number, or a time that did not advance", () => {
    const clean = PowerIntegral.integrate([0, 1, 2], [1, 2, 3])
    const dirty = PowerIntegral.integrate([0, 0.5, 1, 1, 0.2, Number.NaN, 2], [1, Number.NaN, 2, 9, 9, 9, 3])
    close(dirty.joules, clean.joules)
    assert.deepStrictEqual([dirty.samples, dirty.stale], [3, 4])
  })

  it("never lead to a number that is not finite", () => {
    const any = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0), fc.integer().map(Number))
    const mild = fc.oneof(fc.integer({ min: -1e6, max: 1e6 }), fc.constantFrom(Number.NaN, Infinity, -Infinity))
    fc.assert(
      fc.property(fc.array(fc.tuple(mild, mild)), any, (samples, step) => {
        const { joules, error } = PowerIntegral.integrate(
          samples.map(([t]) => t),
          samples.map(([, w]) => w),
          {
            step: Math.min(Math.abs(step), 1e6)
          }
        )
        assert.isTrue(Number.isFinite(joules) && Number.isFinite(error))
      }),
      { numRuns: 1000 }
    )
  })

  it("a gap and a sensor that stopped widen the error", () => {
    const at = Array.from({ length: 101 }, (_, i) => i / 10)
    const watts = at.map((t) => 5 + Math.sin(t))
    const options = { maxGap: 0.5, frozenAfter: 1, step: 0.04 }
    const whole = PowerIntegral.integrate(at, watts, options)
    const holed = PowerIntegral.integrate(
      at.filter((t) => t < 3 || t > 6),
      watts.filter((_, i) => i < 30 || i > 60),
      options
    )
    const stuck = PowerIntegral.integrate(
      at,
      watts.map((w, i) => (i > 30 && i < 60 ? 5 : w)),
      options
    )
    assert.deepStrictEqual([whole.gaps, holed.gaps, stuck.gaps], [0, 1, 1])
    assert.isAbove(holed.error, whole.error)
    assert.isAbove(stuck.error, whole.error)
    assert.closeTo(stuck.gapSeconds, 1.8, 0.1)
  })
})

describe("error", () => {
  it.each([
    ["a random walk", (draw: () => number, last: number) => last + (draw() - 0.5) / 10, 50, 0.04],
    [
      "steps at unknown times",
      (draw: () => number, last: number) => (draw() < 0.002 ? 5 + 10 * draw() : last),
      50,
      0.04
    ],
    ["bursts faster than the meter", (draw: () => number) => (draw() < 0.5 ? 5 : 15), 50, 0.04],
    ["coarse steps", (draw: () => number, last: number) => last + (draw() - 0.5) / 20, 20, 0.4]
  ])("holds the truth in 9 of 10 cases for %s", (_, next, every, q) => {
    assert.isAtLeast(coverage(next, every, q), 0.9)
  })

  it("includes the sensor's accuracy, also of nothing but one step", () => {
    const { error, quantisation, systematic } = PowerIntegral.integrate([0, 10], [2, 2], { step: 0.12 ** 0.5 })
    close(systematic, 1)
    close(quantisation, 1)
    close(error, Math.sqrt(5))
  })
})

describe("idle", () => {
  const run = { mode: "15W", energy: PowerIntegral.integrate([0, 10], [8, 8]) }

  it("of the same mode is subtracted, and its errors added", () => {
    const idle = { mode: "15W", energy: PowerIntegral.integrate([0, 1, 2, 3, 4, 5], [3, 3.2, 2.8, 3, 3.1, 2.9]) }
    const above = PowerIntegral.aboveIdle(run, idle)
    assert.closeTo(above?.joules ?? 0, 80 - 10 * idle.energy.watts, 1e-9)
    assert.isAbove(above?.sampling ?? 0, run.energy.sampling)
  })

  it("of another mode says nothing", () => {
    assert.isUndefined(PowerIntegral.aboveIdle(run, { mode: "MAXN", energy: run.energy }))
  })
})
