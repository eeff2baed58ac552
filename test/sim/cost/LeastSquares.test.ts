import * as Formula from "@edgeol/sim/cost/Formula"
import * as Forms from "@edgeol/sim/cost/Forms"
import * as LeastSquares from "@edgeol/sim/cost/LeastSquares"
import { row } from "@edgeol/sim/cost/Mode"
import { describe, expect, it } from "vitest"
import { coefficients, observe } from "./boards.ts"

const form = Formula.compile(Forms.qNorm)
const fitted = (noise: number, spoil = (time: number, _i: number) => time) => {
  const some = observe(noise, 3).filter((_, i) => i % 11 === 0)
  return LeastSquares.fit(
    form,
    some.map(({ mode }) => row(form, mode).inputs),
    some.map(({ time }, i) => spoil(time, i))
  )
}
const sizes = ["G", "M", "L", "q"] as const
const off = (found: LeastSquares.Fitted, name: (typeof sizes)[number]) =>
  Math.abs(Math.log(found.coefficients[name]! / coefficients[name]))

describe("least squares of a formula", () => {
  it("recovers the coefficients of exact rows", () => {
    const found = fitted(0)
    for (const name of sizes) expect(off(found, name), name).toBeLessThan(0.01)
  })

  it("is off by no more than its standard errors say, with noise", () => {
    const found = fitted(0.03)
    for (const name of sizes) expect(off(found, name), name).toBeLessThan(4 * found.standardErrors[name]!)
  })

  it("is hardly moved by one row in twenty that is wrong by a factor of three", () => {
    const found = fitted(0.01, (time, i) => (i % 20 === 0 ? 3 * time : time))
    for (const name of ["G", "M", "L"] as const) expect(off(found, name), name).toBeLessThan(0.08)
  })

  it("is the same again", () => {
    expect(fitted(0.02)).toEqual(fitted(0.02))
  })

  it("fits a formula of one's own", () => {
    const mine = Formula.compile({
      name: "mine",
      text: "time = a / f_gpu + b",
      unit: "s",
      symbols: {
        f_gpu: { unit: "GHz", range: [0.05, 3] },
        a: { unit: "s GHz", range: [1e-6, 1e3], coefficient: true },
        b: { unit: "s", range: [1e-6, 1e3], coefficient: true }
      },
      source: "test"
    })
    const clocks = [0.1, 0.3, 0.5, 0.9, 1.3]
    const found = LeastSquares.fit(
      mine,
      clocks.map((f) => [f]),
      clocks.map((f) => 0.7 / f + 0.2)
    )
    expect(found.coefficients.a).toBeCloseTo(0.7, 4)
    expect(found.coefficients.b).toBeCloseTo(0.2, 4)
  })
})
