import * as Chance from "@edgeol/sim/surrogate/Chance"
import { expect, test } from "vitest"

const draws = Array.from({ length: 20_000 }, (_, i) => i)
const mean = (values: ReadonlyArray<number>) => values.reduce((sum, x) => sum + x, 0) / values.length
const correlation = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => mean(a.map((x, i) => x * b[i]!))

test("uniform numbers fill (0, 1) evenly", () => {
  const drawn = draws.map((i) => Chance.uniform(7, i))
  const bins = Array.from({ length: 20 }, (_, bin) => drawn.filter((x) => Math.floor(20 * x) === bin).length)
  // Chi-square with 19 degrees of freedom: above 43.8 once in a thousand times.
  expect(bins.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(43.8)
  expect(Math.min(...drawn)).toBeGreaterThan(0)
  expect(Math.max(...drawn)).toBeLessThan(1)
})

test("normal numbers have mean 0 and variance 1", () => {
  const drawn = draws.map((i) => Chance.normal(7, i))
  expect(Math.abs(mean(drawn))).toBeLessThan(0.03)
  expect(mean(drawn.map((x) => x * x))).toBeCloseTo(1, 1)
})

test("neighbouring keys and numbers have nothing to do with each other", () => {
  const here = draws.map((i) => Chance.normal(7, i))
  expect(
    Math.abs(
      correlation(
        here,
        draws.map((i) => Chance.normal(8, i))
      )
    )
  ).toBeLessThan(0.03)
  expect(
    Math.abs(
      correlation(
        here,
        draws.map((i) => Chance.normal(7, i + 1))
      )
    )
  ).toBeLessThan(0.03)
})

test("draws are frozen: recorded runs of the simulator depend on them", () => {
  expect([Chance.key(1, 2), Chance.key(1, 3), Chance.key(2, 2)]).toMatchInlineSnapshot(`
    [
      2742443954,
      421098317,
      3956449910,
    ]
  `)
})
