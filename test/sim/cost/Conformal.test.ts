import * as Rng from "@edgeol/core/Rng"
import * as Conformal from "@edgeol/sim/cost/Conformal"
import fc from "fast-check"
import { describe, expect, it } from "vitest"

const scores = (seed: number, count: number, heavy = 1) => {
  const rng = Rng.named(seed, "scores")
  return Array.from({ length: count }, () => {
    const spread = 0.01 * (1 + rng.below(10))
    return { error: spread * rng.normal() * (rng.next() < 0.2 ? heavy : 1), spread }
  })
}

const cover = (level: number, heavy: number) => {
  const fits = 60
  const shares = Array.from({ length: fits }, (_, seed) => {
    const calibration = Conformal.calibrate(scores(seed, 50, heavy))
    const half = Conformal.halfWidth(calibration, level)
    const fresh = scores(seed + 1000, 200, heavy)
    return fresh.filter(({ error, spread }) => Math.abs(error) <= half(spread)).length / 200
  })
  return shares.reduce((a, b) => a + b) / fits
}

describe("intervals from 50 held-out scores", () => {
  it.each([
    [0.9, 1],
    [0.9, 4],
    [0.5, 1],
    [0.5, 4]
  ])("hold %s of new ones, also where one in five errs %s times as much", (level, heavy) => {
    expect(Math.abs(cover(level, heavy) - level)).toBeLessThan(level === 0.9 ? 0.03 : 0.07)
  })

  it("grow with level and spread, and scale with the errors", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 500 }),
        fc.integer({ min: 5, max: 98 }),
        fc.integer({ min: 1, max: 50 }),
        (seed, percent, k) => {
          const some = scores(seed, 30)
          const calibration = Conformal.calibrate(some)
          const half = Conformal.halfWidth(calibration, percent / 100)
          expect(half(0.02)).toBeGreaterThanOrEqual(half(0.01))
          expect(Conformal.halfWidth(calibration, percent / 100 + 0.01)(0.01)).toBeGreaterThanOrEqual(half(0.01))
          const scaled = Conformal.calibrate(
            some.map(({ error, spread }) => ({ error: k * error, spread: k * spread }))
          )
          expect(Conformal.halfWidth(scaled, percent / 100)(0.01 * k) / half(0.01)).toBeCloseTo(k, 6)
        }
      )
    )
  })

  it("are finite with no score at all", () => {
    const half = Conformal.halfWidth({ ratios: [], floor: 0 }, 0.9)
    expect(half(0.1)).toBeGreaterThan(0.1)
    expect(Number.isFinite(half(0.1))).toBe(true)
  })
})
