import { fc, test } from "@fast-check/vitest"
import * as Rng from "@edgeol/core/Rng"
import { seconds } from "@edgeol/core/Units"
import * as Arrivals from "@edgeol/sim/Arrivals"
import { describe, expect } from "vitest"

const process = fc.oneof(
  fc.constant({ kind: "periodic" } as const),
  fc.constant({ kind: "poisson" } as const),
  fc.integer({ min: 0, max: 10 }).map((tenths) => ({ kind: "jittered", share: tenths / 10 }) as const)
)
const span = fc
  .tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 1000 }))
  .map(([from, length]) => ({ from: seconds(from / 10), until: seconds((from + length) / 10) }))
const count = fc.integer({ min: 0, max: 60 })
const seed = fc.integer({ min: 0, max: 1000 })

describe("times", () => {
  test.prop([process, count, span, seed])("are so many, in order, inside the span", (process, count, span, seed) => {
    const times = Arrivals.times(process, count, span, Rng.named(seed, "a"))
    expect(times).toHaveLength(count)
    expect(times).toEqual(times.toSorted())
    expect(times.every((at) => at >= span.from && at < span.until)).toBe(true)
  })

  test.prop([process, count, span, seed])("are the same for the same seed", (process, count, span, seed) => {
    const draw = () => Arrivals.times(process, count, span, Rng.named(seed, "a"))
    expect(draw()).toEqual(draw())
  })

  test("of a periodic process are one gap apart, of a jittered one within its share of it", () => {
    const minute = { from: seconds(0), until: seconds(60) }
    expect([...Arrivals.times({ kind: "periodic" }, 4, minute, Rng.named(1, "a"))]).toEqual([7.5, 22.5, 37.5, 52.5])
    const jittered = Arrivals.times({ kind: "jittered", share: 0.5 }, 6000, minute, Rng.named(1, "a"))
    const shifts = Array.from(jittered, (at, i) => Math.abs(at / 0.01 - (i + 0.5)))
    expect(Math.max(...shifts)).toBeLessThanOrEqual(0.25 + 1e-9)
    expect(Math.max(...shifts)).toBeGreaterThan(0.24)
  })

  test("of a Poisson process have gaps whose deviation is their mean", () => {
    const span = { from: seconds(0), until: seconds(1000) }
    const times = Arrivals.times({ kind: "poisson" }, 20_000, span, Rng.named(3, "a"))
    const gaps = Array.from(times.subarray(1), (at, i) => at - times[i]!)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
    // The coefficient of variation of n exponential gaps scatters by about 1/sqrt(n) = 0.007.
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1)
  })
})
