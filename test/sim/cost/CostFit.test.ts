import * as Active from "@edgeol/sim/cost/Active"
import * as CostFit from "@edgeol/sim/cost/CostFit"
import * as Formula from "@edgeol/sim/cost/Formula"
import * as Forms from "@edgeol/sim/cost/Forms"
import * as Gp from "@edgeol/sim/cost/GaussianProcess"
import * as Learn from "@edgeol/sim/cost/Learn"
import { row } from "@edgeol/sim/cost/Mode"
import * as ModeTable from "@edgeol/sim/cost/ModeTable"
import * as Start from "@edgeol/sim/cost/Start"
import { describe, expect, it } from "vitest"
import { bert, coefficients, modes, observe, recorded } from "./boards.ts"

const exact = observe(0, 1)

describe("a fit of a board that follows the formula", () => {
  it("recovers its coefficients", () => {
    const form = Formula.compile(Forms.qNorm)
    const some = Active.choose(modes, (i) => exact[i]!, { count: 40, seed: 1 }).map((i) => exact[i]!)
    const model = Gp.fit(
      form,
      some.map(({ mode }) => row(form, mode)),
      some.map(({ time }) => time),
      { iterations: 200 }
    )
    const errors = Gp.covarianceOf(model).map((line, i) => Math.sqrt(line[i]!))
    form.coefficients.forEach((name, i) => {
      const off = Math.abs(Math.log(model.coefficients[i]! / coefficients[name as keyof typeof coefficients]))
      // What hides in all modes behind other terms is not known well, and its standard error says so.
      expect(off, name).toBeLessThan(Math.max(0.05, 4 * errors[i]!))
      if (["G", "M", "L", "q"].includes(name)) expect(off, name).toBeLessThan(0.05)
    })
  })

  it("is nearly without error on unseen modes", () => {
    const { time, power } = Learn.judge(Learn.learn(exact, 40, 1, "active"), exact)
    expect(time.mape).toBeLessThan(0.005)
    expect(power.mape).toBeLessThan(0.005)
  })

  it("covers with its intervals what noise does", () => {
    const runs = [1, 2, 3, 4].map((seed) => {
      const noisy = observe(0.03, seed)
      return Learn.judge(Learn.learn(noisy, 40, seed, seed % 2 === 0 ? "active" : "random"), noisy)
    })
    for (const quantity of ["time", "power"] as const) {
      const { coverage90, coverage50, mape, width90 } = Learn.averaged(runs.map((run) => run[quantity]))
      expect(coverage90).toBeGreaterThan(0.84)
      expect(coverage90).toBeLessThan(0.96)
      expect(coverage50).toBeGreaterThan(0.4)
      expect(coverage50).toBeLessThan(0.65)
      expect(width90 / mape).toBeLessThan(3)
    }
  })

  it("is the same again", () => {
    const predict = () => CostFit.predict(Learn.learn(observe(0.02, 5), 25, 3, "active").fit, modes[17]!)
    expect(predict()).toEqual(predict())
  })
})

describe("choosing modes", () => {
  it("names each once, in range, and tells more than chance", () => {
    const chosen = Active.choose(modes, (i) => exact[i]!, { count: 45, seed: 2 })
    expect(new Set(chosen).size).toBe(45)
    expect(chosen.every((i) => i >= 0 && i < modes.length)).toBe(true)
    // A bump that no formula has: few cores at a low clock wait for something else.
    const odd = exact.map(({ mode, time, power }) => ({
      mode,
      power,
      time: time * (1 + 0.6 * Math.exp(-((mode.cpu / 1e9 - 0.6) ** 2) * 4 - mode.cores / 3))
    }))
    const error = (choice: Learn.Choice) =>
      Learn.averaged([1, 2, 3, 4].map((seed) => Learn.judge(Learn.learn(odd, 35, seed, choice), odd).time)).mape
    expect(error("active")).toBeLessThan(error("random"))
  })

  it("takes all there are", () => {
    const few = modes.slice(0, 12)
    expect(Active.choose(few, (i) => exact[i]!, { count: 40, seed: 2 }).toSorted((a, b) => a - b)).toEqual(
      few.map((_, i) => i)
    )
  })
})

describe("carrying a fit over", () => {
  it("predicts a workload of other size from three modes better than a fresh fit of four", () => {
    const source = Learn.learn(exact, 40, 1, "active").fit
    const other = exact.map(({ mode, time, power }) => ({ mode, time: 3 * time, power: 0.8 * power }))
    const carried = Learn.judge(Learn.learn(other, 3, 4, "random", { from: source }), other)
    const fresh = Learn.judge(Learn.learn(other, 4, 4, "random"), other)
    expect(carried.time.mape).toBeLessThan(fresh.time.mape)
    expect(carried.time.mape).toBeLessThan(0.06)
    expect(carried.time.coverage90).toBeGreaterThan(0.9)
  })

  it("gives intervals from one mode alone", () => {
    const source = Learn.learn(exact, 40, 1, "active").fit
    const { fit } = Learn.learn(exact, 1, 1, "random", { from: source, ratios: { G: 2 } })
    const { time } = CostFit.predict(fit, modes[50]!)
    expect(time.low).toBeLessThan(time.value)
    expect(time.high / time.low).toBeGreaterThan(1.1)
  })
})

describe("where a fit starts", () => {
  it("solves linear forms at once, and knows which are", () => {
    const power = Formula.compile(Forms.workPower)
    const rows = exact.map(({ mode, time }) => row(power, mode, time).inputs)
    expect(Start.isLinear(power, rows)).toBe(true)
    expect(Start.isLinear(Formula.compile(Forms.qNorm), rows)).toBe(false)
    const found = Start.coefficients(
      power,
      rows,
      exact.map(({ power }) => power)
    )
    rows.forEach((inputs, i) => expect(power.value(inputs, found) / exact[i]!.power).toBeCloseTo(1, 0))
  })
})

describe("the fallback that knows no physics", () => {
  const names = (quantity: CostFit.Quantity) => quantity.ensemble.map(({ model }) => model.formula.formula.name)

  it("stays out where a physical form predicts better", () => {
    const { fit } = Learn.learn(observe(0.02, 3), 30, 1, "active")
    expect(names(fit.time)).toEqual(Forms.times.map(({ name }) => name))
    expect(names(fit.power)).toEqual(Forms.powers.map(({ name }) => name))
  })

  it("steps in for a law that none of them has, and predicts better than without", () => {
    // Slower with a faster memory clock as well as with a slow one: contention, say.
    const odd = exact.map(({ mode, power }) => {
      const [g, e, c] = [Math.log(mode.gpu / 1e9), Math.log(mode.mem / 2e9), Math.log(mode.cpu / 1e9)]
      return { mode, power, time: 0.1 * Math.exp(-0.4 * g + 0.9 * e * e - 0.3 * c + 0.3 * g * c + 0.25 * g * g) }
    })
    const profiled = Array.from({ length: 30 }, (_, i) => (i * 101) % modes.length)
    const some = profiled.map((i) => odd[i]!)
    const fit = CostFit.fit(some)
    expect(names(fit.time)).toContain("log-quadratic")
    expect(names(fit.power)).not.toContain("log-quadratic")
    const without = CostFit.fit(some, { times: Forms.times })
    const error = (one: CostFit.CostFit) => Learn.judge({ fit: one, profiled }, odd).time.mape
    expect(error(fit)).toBeLessThan(0.5 * error(without))
  })
})

describe("recorded tables", () => {
  const text = recorded(bert)
  if (text === undefined) console.warn("Skipping the recorded tables: the data folder is absent (set EDGEOL_DATA).")
  it.skipIf(text === undefined)("are predicted as well as recorded: BERT, 50 of 441 modes", () => {
    const { observations } = ModeTable.read("bert.csv", text!)
    const { time, power } = Learn.judge(Learn.learn(observations, 50, 1, "active"), observations)
    expect(time.mape).toBeLessThan(0.02)
    expect(power.mape).toBeLessThan(0.015)
    expect(Math.min(time.coverage90, power.coverage90)).toBeGreaterThan(0.8)
  })
})
