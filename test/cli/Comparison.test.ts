import * as Comparison from "@edgeol/cli/Comparison"
import type { Summary } from "@edgeol/core/Summary"
import { joules, seconds } from "@edgeol/core/Units"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const run = (seed: number, fineTuning: number, energy: number, accuracy: number): Comparison.Run => ({
  seed,
  rounds: 3,
  iterations: 40,
  fineTuningSeconds: seconds(fineTuning),
  joules: joules(energy),
  accuracy,
  requests: 10,
  latencySeconds: { p50: seconds(0.1), p99: seconds(0.2) }
})

describe("a comparison", () => {
  test("pairs runs by their seeds, whatever their order", () => {
    const { policies } = Comparison.compare({
      immediate: [run(1, 10, 100, 0.5), run(2, 20, 200, 0.7)],
      edgeol: [run(2, 5, 150, 0.75), run(1, 5, 50, 0.5), run(3, 1, 1, 1)]
    })
    // Seconds: 5/20 - 1 and 5/10 - 1; joules: 150/200 - 1 and 50/100 - 1; accuracy: 0.05 and 0; seed 3 has no pair.
    expect(policies.edgeol!.change!.fineTuningSeconds.mean).toBeCloseTo(-0.625, 12)
    expect(policies.edgeol!.change!.joules.mean).toBeCloseTo(-0.375, 12)
    expect(policies.edgeol!.change!.accuracy.mean).toBeCloseTo(0.025, 12)
    expect(policies.edgeol!.runs).toHaveLength(3)
  })

  test("holds no change of time below all of it, however few the seeds", () => {
    const { policies } = Comparison.compare({
      immediate: [run(1, 10, 100, 0.5), run(2, 10, 100, 0.5)],
      edgeol: [run(1, 1, 90, 0.5), run(2, 9, 80, 0.5)]
    })
    const { fineTuningSeconds, joules } = policies.edgeol!.change!
    // Changes of -0.9 and -0.1: 12.7 standard errors of 0.4 to either side of their mean.
    expect(fineTuningSeconds).toMatchObject({ mean: -0.5, low: -1 })
    expect(fineTuningSeconds.high).toBeCloseTo(-0.5 + 12.7062 * 0.4, 3)
    expect(joules.low).toBeCloseTo(-0.15 - 12.7062 * 0.05, 4)
  })

  test("of the reference with itself is no change", () => {
    const same = { mean: 0, low: 0, high: 0 }
    const { policies, reference } = Comparison.compare({ immediate: [run(1, 0, 0, 0.5), run(2, 2, 2, 0.5)] })
    expect(reference).toBe("immediate")
    expect(policies.immediate!.change).toEqual({ fineTuningSeconds: same, joules: same, accuracy: same })
  })

  test("without the reference, or without a common seed, says nothing of change", () => {
    expect(Comparison.compare({ edgeol: [run(1, 1, 1, 1)] }).policies.edgeol!.change).toBeNull()
    const apart = Comparison.compare({ immediate: [run(1, 1, 1, 1)], edgeol: [run(2, 1, 1, 1)] })
    expect(apart.policies.edgeol!.change).toBeNull()
  })

  test("of one seed has a mean and no bounds", () => {
    const { policies } = Comparison.compare({ immediate: [run(1, 10, 1, 0.5)], edgeol: [run(1, 4, 1, 0.5)] })
    expect(policies.edgeol!.change!.fineTuningSeconds).toEqual({ mean: -0.6, low: null, high: null })
  })
})

describe("an interval", () => {
  // Two-sided 95 % points of Student's t by degrees of freedom: NIST/SEMATECH e-Handbook, section 1.3.6.7.2.
  test.each([
    [1, 12.706],
    [2, 4.303],
    [4, 2.776],
    [9, 2.262],
    [29, 2.045],
    [100, 1.984]
  ])("of %i degrees of freedom reaches %f standard errors", (freedom, t) => {
    const n = freedom + 1
    const values = Array.from({ length: n }, (_, i) => i)
    const { mean, low, high } = Comparison.interval(values)
    const error = Math.sqrt((n * (n + 1)) / 12 / n) // the variance of 0 … n - 1 is n (n + 1) / 12
    expect(mean).toBeCloseTo((n - 1) / 2, 12)
    expect((high! - mean) / error).toBeCloseTo(t, 3)
    expect((mean - low!) / error).toBeCloseTo(t, 3)
  })

  test("moves and stretches with its values", () => {
    const values = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 12 })
    const affine = fc.property(
      values,
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: 1, max: 9 }),
      (of, a, b) => {
        const [plain, moved] = [Comparison.interval(of), Comparison.interval(of.map((value) => a + b * value))]
        expect(plain.low).toBeLessThanOrEqual(plain.mean)
        expect(plain.high).toBeGreaterThanOrEqual(plain.mean)
        for (const bound of ["mean", "low", "high"] as const) expect(moved[bound]).toBeCloseTo(a + b * plain[bound]!, 6)
      }
    )
    fc.assert(affine)
  })
})

test("a run's line leaves out where the seconds went and the noisier score", () => {
  const summary: Summary = { ...run(7, 1, 1, 1), correct: 0.5, seenAccuracy: 0.4, seconds: { idle: seconds(1) } }
  expect(Comparison.run(1, summary)).toEqual(run(1, 1, 1, 1))
})
