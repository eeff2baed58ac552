import * as LearningCurve from "@edgeol/core/LearningCurve"
import * as Rng from "@edgeol/core/Rng"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const thousandths = (min: number, max: number) => fc.integer({ min, max }).map((value) => value / 1000)
const anyCurve = fc.record({ b0: thousandths(20, 120), b1: thousandths(1100, 2100), b2: thousandths(50, 300) })

/** Iterations that begin on the slope and end near the asymptote. */
const places = [50, 100, 200, 400, 800, 1600]

const pointsOf = (curve: LearningCurve.Curve, noise = () => 0, at = places) =>
  at.map((iterations) => ({
    iterations,
    accuracy: Math.min(0.999, LearningCurve.accuracy(curve, iterations) + noise())
  }))

const worst = (curve: LearningCurve.Curve, points: ReadonlyArray<LearningCurve.Point>) =>
  Math.max(...points.map(({ iterations, accuracy }) => Math.abs(LearningCurve.accuracy(curve, iterations) - accuracy)))

describe("fit", () => {
  test("finds a curve again from points without noise", () => {
    const recovers = fc.property(anyCurve, (curve) => {
      const found = LearningCurve.fit(pointsOf(curve), 200)!
      expect(Math.abs(found.b2 - curve.b2)).toBeLessThan(0.002)
      expect(worst(found, pointsOf(curve))).toBeLessThan(0.001)
    })
    fc.assert(recovers)
  })

  /** The error of the asymptote that nine of ten seeds stay below, over a few curves. */
  const asymptoteError = (deviation: number) => {
    const errors = Array.from({ length: 400 }, (_, seed) => {
      const rng = Rng.named(seed, "noise")
      const curve = { b0: 0.05 + 0.05 * rng.next(), b1: 1.1 + rng.next(), b2: 0.1 + 0.1 * rng.next() }
      const noisy = pointsOf(curve, () => deviation * rng.normal())
      return Math.abs(LearningCurve.fit(noisy, 200)!.b2 - curve.b2)
    })
    return errors.toSorted((a, b) => a - b)[360]!
  }

  test("gives the asymptote within 0.01 under noise of 0.005, within 0.07 under 0.02", () => {
    expect(asymptoteError(0.005)).toBeLessThan(0.01)
    expect(asymptoteError(0.02)).toBeLessThan(0.07)
    expect(asymptoteError(0.02)).toBeGreaterThan(0.01)
  })

  test("is flat where accuracy falls", () => {
    const falling = fc.property(
      fc.uniqueArray(fc.integer({ min: 10, max: 950 }), { minLength: 2, maxLength: 8 }),
      (values) => {
        const points = values
          .toSorted((a, b) => b - a)
          .map((value, i) => ({ iterations: 20 * (i + 1), accuracy: value / 1000 }))
        expect(LearningCurve.fit(points, 32)!.b0).toBe(0)
      }
    )
    fc.assert(falling)
  })

  const anyPoints = (first: number) =>
    fc
      .array(fc.tuple(fc.integer({ min: first, max: 500 }), thousandths(0, 990)), { minLength: 1, maxLength: 8 })
      .map((points) => points.map(([iterations, accuracy]) => ({ iterations, accuracy })))

  test("no other non-negative line is nearer for its asymptote: the closed form is the least", () => {
    const cost = (points: ReadonlyArray<LearningCurve.Point>, { b0, b1, b2 }: LearningCurve.Curve) =>
      points.reduce((sum, { iterations, accuracy }) => {
        const gap = 1 - accuracy - b2
        return sum + gap ** 4 * (b0 * iterations + b1 - 1 / gap) ** 2
      }, 0)
    const least = fc.property(anyPoints(1), thousandths(0, 300), thousandths(0, 20_000), (points, b0, b1) => {
      const found = LearningCurve.fit(points, 16)!
      expect(found.b0).toBeGreaterThanOrEqual(0)
      expect(found.b1).toBeGreaterThanOrEqual(0)
      expect(cost(points, found)).toBeLessThanOrEqual(cost(points, { ...found, b0, b1 }) + 1e-9)
    })
    fc.assert(least, { numRuns: 2000 })
  })

  test("comes near the best of all curves, sought by brute force", () => {
    const squares = (points: ReadonlyArray<LearningCurve.Point>, curve: LearningCurve.Curve) =>
      points.reduce(
        (sum, { iterations, accuracy }) => sum + (LearningCurve.accuracy(curve, iterations) - accuracy) ** 2,
        0
      )
    const excesses = Array.from({ length: 100 }, (_, seed) => {
      const rng = Rng.named(seed, "noise")
      const curve = { b0: 0.02 + 0.1 * rng.next(), b1: 1.1 + rng.next(), b2: 0.05 + 0.25 * rng.next() }
      const points = pointsOf(curve, () => 0.01 * rng.normal())
      let best = Infinity
      for (let b0 = 0; b0 <= 0.3; b0 += 0.01)
        for (let b1 = 0.8; b1 <= 4; b1 += 0.1)
          for (let b2 = 0; b2 <= 0.4; b2 += 0.01) best = Math.min(best, squares(points, { b0, b1, b2 }))
      return Math.sqrt(squares(points, LearningCurve.fit(points, 32)!) / 6) - Math.sqrt(best / 6)
    })
    // Under noise of 0.01. The rest, up to 0.03, are plateaus: the asymptote must lie above the highest of their points.
    expect(excesses.filter((excess) => excess < 0.01).length).toBeGreaterThanOrEqual(90)
  })

  test("is finite whatever the points, and undefined only where all is learnt", () => {
    const finite = fc.property(anyPoints(0), fc.integer({ min: 1, max: 40 }), (points, gridSize) => {
      const { b0, b1, b2 } = LearningCurve.fit(points, gridSize)!
      expect([b0, b1, b2].every((value) => Number.isFinite(value) && value >= 0)).toBe(true)
    })
    fc.assert(finite)
    expect(LearningCurve.fit([{ iterations: 5, accuracy: 1 }], 8)).toBeUndefined()
  })
})

test("the iterations to an accuracy are those at which the curve has it, or infinite", () => {
  const inverse = fc.property(anyCurve, fc.integer({ min: 0, max: 5000 }), (curve, iterations) => {
    const goal = LearningCurve.accuracy(curve, iterations)
    expect(LearningCurve.iterationsTo(curve, goal)).toBeCloseTo(iterations, 3)
    expect(LearningCurve.iterationsTo(curve, 1 - curve.b2)).toBe(Infinity)
    expect(LearningCurve.iterationsTo({ ...curve, b0: 0 }, goal)).toBe(Infinity)
  })
  fc.assert(inverse)
})
