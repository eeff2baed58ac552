import { describe, expect, it } from "@effect/vitest"
import * as Cka from "@edgeol/backends/Cka"
import * as Rng from "@edgeol/core/Rng"
import * as fc from "fast-check"

type Matrix = ReadonlyArray<Float64Array>

const gaussian = (rng: Rng.Rng, n: number, p: number): Matrix =>
  Array.from({ length: n }, () => Float64Array.from({ length: p }, () => rng.normal()))

const gram = (x: Matrix): Float64Array => Float64Array.from(x.flatMap((a) => x.map((b) => dot(a, b))))

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Rotates the plane of two columns. */
const rotate = (x: Matrix, i: number, j: number, angle: number): Matrix =>
  x.map((row) => {
    const turned = row.slice()
    turned[i] = row[i]! * Math.cos(angle) - row[j]! * Math.sin(angle)
    turned[j] = row[i]! * Math.sin(angle) + row[j]! * Math.cos(angle)
    return turned
  })

const estimators = [
  ["biased", Cka.biased],
  ["unbiased", Cka.unbiased]
] as const

describe.each(estimators)("%s CKA", (_, cka) => {
  it("is 1 for equal representations and does not see rotation or scale", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 4, max: 12 }), fc.integer({ min: 1, max: 62 }), (seed, n, tenths) => {
        const x = gaussian(Rng.named(seed, "x"), n, 5)
        const turned = rotate(rotate(x, 0, 1, tenths / 10), 2, 4, tenths / 7)
        const k = gram(x)
        const l = gram(turned.map((row) => row.map((value) => (value * tenths) / 5)))
        expect(cka(k, k)).toBeCloseTo(1, 9)
        expect(cka(k, l)).toBeCloseTo(1, 6)
      })
    )
  })

  it("is symmetric", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const k = gram(gaussian(Rng.named(seed, "x"), 8, 20))
        const l = gram(gaussian(Rng.named(seed, "y"), 8, 3))
        expect(cka(k, l)).toBeCloseTo(cka(l, k), 12)
      })
    )
  })
})

describe("independent Gaussians", () => {
  const mean = (n: number, p: number, cka: (k: Float64Array, l: Float64Array) => number) => {
    const values = Array.from({ length: 4 }, (_, i) =>
      cka(gram(gaussian(Rng.named(i, "x"), n, p)), gram(gaussian(Rng.named(i, "y"), n, p)))
    )
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }

  it("score high on the biased form when features outnumber the probe", () => {
    expect(mean(16, 64, Cka.biased)).toBeCloseTo(0.8, 1)
    expect(mean(16, 2048, Cka.biased)).toBeCloseTo(0.992, 2)
    expect(mean(64, 2048, Cka.biased)).toBeCloseTo(0.97, 2)
  })

  it("score near 0 on the unbiased form", () => {
    expect(Math.abs(mean(16, 64, Cka.unbiased))).toBeLessThan(0.15)
    expect(Math.abs(mean(16, 2048, Cka.unbiased))).toBeLessThan(0.1)
    expect(Math.abs(mean(64, 2048, Cka.unbiased))).toBeLessThan(0.03)
  })

  it("with noise as strong as the signal score 0.54, not 0.996 (n 16, p 2048)", () => {
    const x = gaussian(Rng.named(1, "x"), 16, 2048)
    const noise = gaussian(Rng.named(1, "noise"), 16, 2048)
    const noisy = gram(x.map((row, i) => row.map((value, j) => value + noise[i]![j]!)))
    expect(Cka.biased(gram(x), noisy)).toBeGreaterThan(0.99)
    expect(Cka.unbiased(gram(x), noisy)).toBeGreaterThan(0.35)
    expect(Cka.unbiased(gram(x), noisy)).toBeLessThan(0.7)
  })
})

it("equals the definitions with H written out", () => {
  const n = 6
  const k = gram(gaussian(Rng.named(3, "x"), n, 4))
  const l = gram(gaussian(Rng.named(3, "y"), n, 4))
  const centre = (m: Float64Array) =>
    m.map((value, at) => {
      const [i, j] = [Math.floor(at / n), at % n]
      const row = m.subarray(i * n, (i + 1) * n).reduce((a, b) => a + b, 0) / n
      const column = m.filter((_, q) => q % n === j).reduce((a, b) => a + b, 0) / n
      return value - row - column + m.reduce((a, b) => a + b, 0) / n ** 2
    })
  const trace = centre(k).reduce((sum, value, at) => sum + value * centre(l)[at]!, 0)
  expect(Cka.biasedHsic(k, l)).toBeCloseTo(trace / (n - 1) ** 2, 10)
})

it("refuses a probe that is too small, or matrices of two sizes", () => {
  const three = gram(gaussian(Rng.named(1, "x"), 3, 4))
  expect(() => Cka.unbiased(three, three)).toThrow("at least 4")
  expect(() => Cka.biased(three, gram(gaussian(Rng.named(1, "x"), 4, 4)))).toThrow("one size")
})
