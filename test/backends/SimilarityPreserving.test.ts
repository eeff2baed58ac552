import * as SimilarityPreserving from "@edgeol/backends/SimilarityPreserving"
import fc from "fast-check"
import { expect, test } from "vitest"

test("by hand: two inputs, alike in one model and apart in the other", () => {
  // Rows of length 1: (r, r) twice with r = sqrt(1/2), and the identity; four differences of squares (1 - r)^2 or r^2.
  const [alike, apart] = [Float32Array.of(4, 4, 4, 4), Float32Array.of(9, 0, 0, 9)]
  const r = Math.SQRT1_2
  expect(SimilarityPreserving.loss(alike, apart)).toBeCloseTo((2 * (1 - r) ** 2 + 2 * r ** 2) / 4, 12)
})

const anyGram = fc
  .integer({ min: 2, max: 8 })
  .chain((b) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 }), { minLength: b, maxLength: b })
  )
  .map((rows) => Float32Array.from(rows.flatMap((a) => rows.map((c) => a.reduce((sum, x, i) => sum + x * c[i]!, 0)))))

test("is 0 for equal representations, whatever their scale, and symmetric", () => {
  const kept = fc.property(anyGram, anyGram, fc.integer({ min: 1, max: 9 }), (g, other, scale) => {
    const scaled = g.map((value) => value * scale)
    expect(SimilarityPreserving.loss(g, scaled)).toBeLessThan(1e-12)
    if (g.length !== other.length) return
    expect(SimilarityPreserving.loss(g, other)).toBe(SimilarityPreserving.loss(other, g))
    expect(SimilarityPreserving.loss(g, other)).toBeLessThanOrEqual(2 / Math.sqrt(g.length) + 1e-12)
  })
  fc.assert(kept)
})
