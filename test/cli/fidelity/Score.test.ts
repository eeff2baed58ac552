import * as Measure from "@edgeol/cli/fidelity/Measure"
import * as Score from "@edgeol/cli/fidelity/Score"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const grid = fc.integer({ min: -400, max: 400 }).map((n) => n / 8)

describe("an interval of draws", () => {
  test("lies within them, around the mean of what is not at its ends", () => {
    fc.assert(
      fc.property(fc.array(grid, { minLength: 19, maxLength: 60 }), (drawn) => {
        const { low, high, value } = Score.foretold(drawn)
        expect(drawn).toContain(low)
        expect(drawn).toContain(high)
        expect(low).toBeLessThanOrEqual(high)
        expect(value).toBeCloseTo(drawn.reduce((a, b) => a + b) / drawn.length, 9)
      })
    )
  })

  test.each([19, 39, 99])("of %i draws holds nine in ten of further ones", (n) => {
    const { low, high } = Score.foretold(Array.from({ length: n }, (_, i) => i + 1))
    expect((high - low) / (n + 1)).toBeCloseTo(0.9, 12)
  })
})

test("errors are relative, those of accuracy are not, and nothing foretold as nothing is no error", () => {
  expect(Measure.error("seconds", 11, 10)).toBeCloseTo(0.1)
  expect(Measure.error("accuracy", 0.5, 0.4)).toBeCloseTo(0.1)
  expect(Measure.error("joules", 0, 0)).toBe(0)
  expect(Measure.error("rounds", 2, 0)).toBe(1)
})

test("figures of ten runs, by hand", () => {
  const pairs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => ({
    foretold: { value: 100 + i, low: 99.5 + i, high: 110 },
    was: 100
  }))
  const figures = Score.figures("seconds", pairs)!
  expect(figures).toMatchObject({ runs: 10, coverage90: 0.1 })
  expect(figures.median).toBeCloseTo(0.04)
  expect(figures.p90).toBeCloseTo(0.08)
  expect(figures.bias).toBeCloseTo(0.045)
  expect(Score.figures("seconds", [])).toBeUndefined()
})

test("a sum in another order is still inside an interval without width", () => {
  const was = 0.1 + 0.2
  expect(Score.figures("seconds", [{ foretold: { value: 0.3, low: 0.3, high: 0.3 }, was }])!.coverage90).toBe(1)
})
