import * as Levenberg from "@edgeol/sim/surrogate/Levenberg"
import { expect, test } from "vitest"

test("finds the bottom of Rosenbrock's valley (1960)", () => {
  const valley = ([x = 0, y = 0]: Float64Array) => Float64Array.from([1 - x, 10 * (y - x * x)])
  const { at, value } = Levenberg.fit(valley, Float64Array.from([-1.2, 1]), 100)
  expect(at[0]).toBeCloseTo(1, 4)
  expect(at[1]).toBeCloseTo(1, 4)
  expect(value).toBeLessThan(1e-8)
})

test("gives a line's coefficients their textbook covariance, for residuals of deviation 1", () => {
  const xs = [0, 1, 2, 3, 4]
  const { covariance } = Levenberg.fit(
    ([a = 0, b = 0]) => Float64Array.from(xs, (x) => a + b * x - 1 - 2 * x),
    new Float64Array(2),
    20
  )
  // Variance of the slope: 1 / Σ (x - mean)² = 0.1; of the intercept: 1/5 + 4/10.
  expect(covariance[3]).toBeCloseTo(0.1, 4)
  expect(covariance[0]).toBeCloseTo(0.6, 4)
})

test("stays where nothing can be gained", () => {
  expect(Array.from(Levenberg.fit(() => Float64Array.of(1), Float64Array.of(3), 10).at)).toEqual([3])
})
