/**
 * How fast costs are fitted and predicted, on a synthetic board of 735 modes. `node test/bench/cost.ts [--json]`. The
 * best of several short runs, since other work on the machine only ever slows one down.
 */
import * as CostFit from "@edgeol/sim/cost/CostFit"
import * as Formula from "@edgeol/sim/cost/Formula"
import * as Forms from "@edgeol/sim/cost/Forms"
import * as Learn from "@edgeol/sim/cost/Learn"
import * as Lookup from "@edgeol/sim/cost/Lookup"
import { modes, observe } from "../sim/cost/boards.ts"

const seconds = (work: () => void): number => {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

const rate = (count: number, work: (i: number) => number): number => {
  let sum = 0
  const runs = Array.from({ length: 15 }, () =>
    seconds(() => {
      for (let i = 0; i < count; i++) sum += work(i)
    })
  )
  if (!Number.isFinite(sum)) throw new Error("the benchmark predicted no number")
  return Math.round(count / Math.min(...runs))
}

const observations = observe(0.02, 1)
const { fit, profiled } = Learn.learn(observations, 50, 1, "active")
const fitted = profiled.map((i) => observations[i]!)
const best = (work: () => void) => Math.min(...Array.from({ length: 3 }, () => seconds(work)))

const predictor = CostFit.predictor(fit)
const table = Lookup.make(fit, modes)
const factors = table.factors(0.9)
const form = Formula.compile(Forms.pipeline)
const coefficients = form.coefficients.map(() => 1.5)

const result = {
  fitSeconds: best(() => CostFit.fit(fitted)),
  chooseAndFitSeconds: best(() => Learn.learn(observations, 50, 2, "active")),
  formulaPerSecond: rate(400_000, (i) => form.value([4, 1 + (i % 8) / 8, 0.5, 2], coefficients)),
  modelPointPerSecond: rate(5000, (i) => predictor.point(modes[i % modes.length]!).power),
  modelIntervalPerSecond: rate(5000, (i) => predictor.predict(modes[i % modes.length]!).power.high),
  lookupPerSecond: rate(1_000_000, (i) => table.time[i % modes.length]! + table.power[i % modes.length]!),
  lookupByModePerSecond: rate(300_000, (i) => table.time[table.place(modes[i % modes.length]!)]!),
  lookupIntervalPerSecond: rate(1_000_000, (i) => {
    const at = i % modes.length
    return (
      table.time[at]! / factors.time[at]! + table.time[at]! * factors.time[at]! + table.power[at]! * factors.power[at]!
    )
  })
}

if (process.argv.includes("--json")) console.log(JSON.stringify(result))
else for (const [name, value] of Object.entries(result)) console.log(name.padEnd(26), value.toLocaleString("en"))
