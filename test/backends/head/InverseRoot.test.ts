import * as InverseRoot from "@edgeol/backends/head/InverseRoot"
import * as Rows from "@edgeol/backends/head/Rows"
import * as Rng from "@edgeol/core/Rng"
import * as Cholesky from "@edgeol/sim/cost/Cholesky"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Scatter from "./Scatter.ts"

const rows = (rng: Rng.Rng, count: number, width: number, size = 1): Rows.Rows =>
  Rows.of(
    Float64Array.from({ length: count * width }, () => size * rng.normal()),
    width
  )

describe("the root of an inverse", () => {
  it.each([1, 0.99, 0.9])("is that of a full solve after 10,000 batches, keeping %d of what was", (keep) => {
    const [width, share] = [12, 1e-2]
    const rng = Rng.named(1, `batches/${keep}`)
    const inverse = InverseRoot.make(width, share)
    const scatter = Scatter.make(width, share * 16)
    for (let batch = 0; batch < 10_000; batch++) {
      const news = { rows: rows(rng, 1 + rng.below(6), width), keep, share }
      const update = InverseRoot.update(inverse, { ...news, weight: news.rows.count })
      Scatter.add(scatter, update.rows, keep)
      if (batch % 1000 === 999) {
        const lower = Cholesky.factor(scatter, width)!
        for (let i = 0; i < update.rows.count; i++) {
          const own = (of: Rows.Rows) => of.values.subarray(i * width, (i + 1) * width)
          expect(Scatter.gap(own(update.gain), Cholesky.solve(lower, width, own(update.rows)))).toBeLessThan(1e-6)
        }
        const x = rows(rng, 1, width).values
        expect(Scatter.gap(InverseRoot.apply(inverse, x), Cholesky.solve(lower, width, x))).toBeLessThan(1e-6)
      }
    }
  })

  it("stays positive definite and finite whatever comes and however much is forgotten", () => {
    const kinds = fc.constantFrom("nothing", "constant", "tiny", "huge", "one direction", "ordinary")
    const steps = fc.array(fc.record({ kind: kinds, count: fc.integer({ min: 1, max: 20 }) }), { maxLength: 12 })
    const keeps = fc.integer({ min: 1, max: 20 }).map((twentieths) => twentieths / 20)
    const widths = fc.integer({ min: 1, max: 9 })
    let forgot = 0
    const law = fc.property(fc.nat(), widths, keeps, steps, (seed, width, keep, all) => {
      const rng = Rng.named(seed, "rows")
      const inverse = InverseRoot.make(width, 1e-2)
      for (const { kind, count } of all) {
        for (let i = 0; i < 20; i++)
          InverseRoot.update(inverse, { rows: batch(rng, kind, count, width), keep, share: 1e-2, weight: count })
        forgot += keep < 1 ? 1 : 0
        const { root } = inverse
        for (let i = 0; i < width; i++) {
          expect(root[i * width + i]).toBeGreaterThan(0)
          expect(root[i * width + i]).toBeLessThan(Infinity)
        }
        expect(Math.min(...inverse.ridge)).toBeGreaterThan(0)
      }
    })
    fc.assert(law, { numRuns: 300 })
    expect(forgot).toBeGreaterThan(100)
  })

  it.each([1, 3, 40])("keeps the ridge of %d coordinates near its share where no data come", (width) => {
    const inverse = InverseRoot.make(width, 1e-2)
    const nothing = Rows.of(new Float64Array(16 * width), width)
    for (let i = 0; i < 500; i++) InverseRoot.update(inverse, { rows: nothing, keep: 0.9, share: 1e-2, weight: 16 })
    const target = 1e-2 * InverseRoot.scale(inverse)
    expect(Math.max(...inverse.ridge)).toBeLessThanOrEqual(target * (1 + 1e-12))
    expect(Math.min(...inverse.ridge)).toBeGreaterThan(target * Math.exp(-6))
  })

  it("needs a ridge", () => {
    for (const share of [0, -1, NaN, Infinity]) expect(() => InverseRoot.make(3, share)).toThrow("above 0")
  })
})

const batch = (rng: Rng.Rng, kind: string, count: number, width: number): Rows.Rows => {
  if (kind === "nothing") return rows(rng, count, width, 0)
  if (kind === "tiny") return rows(rng, count, width, 1e-9)
  if (kind === "huge") return rows(rng, count, width, 1e8)
  if (kind === "constant") return Rows.of(new Float64Array(count * width).fill(3), width)
  if (kind === "one direction")
    return Rows.of(
      Float64Array.from({ length: count * width }, (_, i) => i % width),
      width
    )
  return rows(rng, count, width)
}
