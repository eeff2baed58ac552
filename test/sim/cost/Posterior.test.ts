import * as Cholesky from "@edgeol/sim/cost/Cholesky"
import * as CostFit from "@edgeol/sim/cost/CostFit"
import * as Formula from "@edgeol/sim/cost/Formula"
import * as Forms from "@edgeol/sim/cost/Forms"
import * as Gp from "@edgeol/sim/cost/GaussianProcess"
import * as Learn from "@edgeol/sim/cost/Learn"
import * as Lookup from "@edgeol/sim/cost/Lookup"
import { row } from "@edgeol/sim/cost/Mode"
import { describe, expect, it } from "vitest"
import { modes, observe } from "./boards.ts"

const observations = observe(0.02, 1)

describe.each([Forms.pipeline, Forms.clockPower])("the posterior of $name", (form) => {
  const formula = Formula.compile(form)
  const some = Array.from({ length: 22 }, (_, i) => observations[(i * 37) % modes.length]!)
  const rows = some.map(({ mode, time }) => row(formula, mode, time))
  const observed = some.map((one) => (form.unit === "s" ? one.time : one.power))
  const model = Gp.fit(formula, rows, observed)
  const places = rows.map(model.place)
  const n = rows.length
  const kernel = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      kernel[i * n + j] = model.covariance(places[i]!, places[j]!) + (i === j ? model.noise : 0)
    }
  }
  const lower = Cholesky.factor(kernel, n)!
  const left = Float64Array.from(rows, ({ inputs }, i) =>
    Math.log(observed[i]! / formula.value(inputs, model.coefficients))
  )

  it("is that of the textbook's equations", () => {
    for (const [i, { mode, time }] of observations.entries()) {
      if (i % 7 > 0) continue
      const query = row(formula, mode, time)
      const at = model.place(query)
      const across = Float64Array.from(places, (place) => model.covariance(at, place))
      const solved = Cholesky.solve(lower, n, across)
      const dot = (values: Float64Array) => values.reduce((sum, v, k) => sum + v * solved[k]!, 0)
      const { mean, spread } = model.predict(query)
      expect(mean).toBeCloseTo(Math.log(formula.value(query.inputs, model.coefficients)) + dot(left), 7)
      expect(spread / Math.sqrt(model.covariance(at, at) + model.noise - dot(across))).toBeCloseTo(1, 5)
      expect(model.mean(query)).toBe(mean)
    }
  })

  it("binds the formula to coefficients without changing a bit", () => {
    const bound = formula.bind(model.coefficients)
    const [one, other] = [new Float64Array(formula.coefficients.length), new Float64Array(formula.coefficients.length)]
    for (const { inputs } of rows) {
      expect(bound(inputs, one)).toBe(formula.gradient(inputs, model.coefficients, other))
      expect(one).toEqual(other)
    }
  })
})

describe("a predictor", () => {
  const { fit } = Learn.learn(observations, 20, 1, "random")
  const predictor = CostFit.predictor(fit, 0.8)

  it("gives the same however it is asked", () => {
    const table = Lookup.make(fit, modes)
    const factors = table.factors(0.8)
    for (const mode of modes) {
      const { time, power } = predictor.predict(mode)
      expect(predictor.point(mode)).toEqual({ time: time.value, power: power.value })
      expect(CostFit.predict(fit, mode, 0.8)).toEqual({ time, power })
      const at = table.place(mode)
      expect([table.time[at], table.power[at]]).toEqual([time.value, power.value])
      expect(table.time[at]! * factors.time[at]!).toBeCloseTo(time.high, 9)
      expect(table.power[at]! / factors.power[at]!).toBeCloseTo(power.low, 9)
    }
  })
})
