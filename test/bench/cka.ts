/**
 * What a probe of 64 samples says of a model that learns, by four estimates of CKA, `node test/bench/cka.ts [--json]`:
 * unbiased (HSIC1) and biased (HSIC0), of activations averaged over a 2x2 grid (`pooled`) and of whole maps (`flat`).
 * Rounds over every batch of two scenarios, whole model, a check every 20 steps, seeds 101 and 102. Of each estimate,
 * means over seeds: `moved`, median relative change from check to check by unit, %; `settled`, the share of checks under
 * the rule of 1 % that freezes; `strangers`, CKA with the activations of another set of inputs, where 0 is right; and what
 * one probe costs, against a forward pass of its samples. `gtsrb32/nc` is there where its data is.
 */
import * as Cka from "@edgeol/backends/Cka"
import type { Learned } from "@edgeol/backends/tfjs/Learned"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Examples from "@edgeol/core/Examples"
import { has } from "../data.ts"
import * as Deployed from "./common/Deployed.ts"

const every = 20
const size = 64
const seeds = [101, 102]

const pools = ["pooled", "flat"] as const
const estimators = { unbiased: Cka.unbiased, biased: Cka.biased }
type Grams = Readonly<Record<(typeof pools)[number], ReadonlyArray<Float32Array>>>
const estimates = pools.flatMap((pool) =>
  (["unbiased", "biased"] as const).map((form) => ({ name: `${form}, ${pool}`, pool, estimate: estimators[form] }))
)

const flat = (net: Net.Net, units: Model.FoldedUnits, probe: Examples.Examples): ReadonlyArray<Float32Array> => {
  const result: Array<Float32Array> = []
  net.tf.tidy(() => {
    const all = Int32Array.from({ length: probe.count }, (_, i) => i)
    for (const activation of Model.activations(units, Net.input(net, probe, all))) {
      const rows = net.ops.reshape(activation, [probe.count, -1])
      result.push(net.ops.matMul(rows, rows, false, true).dataSync<"float32">())
    }
  })
  return result
}

const least = { pooled: Infinity, flat: Infinity, forward: Infinity }

const timed = <A>(what: keyof typeof least, work: () => A): A => {
  const start = performance.now()
  const value = work()
  least[what] = Math.min(least[what], performance.now() - start)
  return value
}

const gramsOf = (deployed: Deployed.Deployed, learned: Learned, probe: Examples.Examples): Grams => {
  const units = Deployed.folded(deployed, learned)
  const { net } = deployed
  const grams = {
    pooled: timed("pooled", () => Net.grams(net, units, probe)),
    flat: timed("flat", () => flat(net, units, probe))
  }
  timed("forward", () => Net.logits(net, units, probe))
  Model.release(units)
  return grams
}

/** Similarity with the model as it was deployed, by check and unit. */
interface Followed {
  readonly checks: Readonly<Record<string, Array<ReadonlyArray<number>>>>
  readonly strangers: Readonly<Record<string, ReadonlyArray<number>>>
  readonly units: number
}

const follow = async (stream: string, seed: number): Promise<Followed> => {
  const deployed = await Deployed.open(stream, seed)
  const { feed } = deployed
  const { batches } = feed
  const perScenario = feed.experiment.batches.perScenario
  const train = batches.map((batch) => batch.train)
  const shape = train[0]!.shape
  const take = (from: number) => Examples.concat(train.slice(from, from + Math.ceil(size / train[from]!.count)), shape)
  const [probe, others] = [take(0), take(perScenario)]
  const reference = gramsOf(deployed, deployed.learned, probe)
  const foreign = gramsOf(deployed, deployed.learned, others)
  const compared = (with_: Grams) =>
    Object.fromEntries(
      estimates.map(({ name, pool, estimate }) => [
        name,
        with_[pool].map((gram, unit) => estimate(reference[pool][unit]!, gram))
      ])
    )
  const checks: Record<string, Array<ReadonlyArray<number>>> = Object.fromEntries(
    estimates.map(({ name }) => [name, []])
  )
  let [learned, steps] = [deployed.learned, 0]
  const look = (now: Learned) => {
    if (++steps % every !== 0) return
    for (const [name, similarity] of Object.entries(compared(gramsOf(deployed, now, probe))))
      checks[name]!.push(similarity)
  }
  for (const samples of train.slice(0, 2 * perScenario)) learned = Deployed.trained(deployed, learned, samples, look)
  return { checks, strangers: compared(foreign), units: reference.pooled.length }
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
const round = (value: number, digits: number) => Number(value.toFixed(digits))

/** Relative changes from check to check of a unit. */
const changes = (checks: ReadonlyArray<ReadonlyArray<number>>, unit: number) =>
  checks
    .slice(1)
    .map((now, i) => Math.abs(now[unit]! - checks[i]![unit]!) / Math.max(Math.abs(checks[i]![unit]!), 1e-6))

const summary = (followed: ReadonlyArray<Followed>, name: string) => {
  const units = Array.from({ length: followed[0]!.units }, (_, unit) => unit)
  const all = (unit: number) => followed.map(({ checks }) => changes(checks[name]!, unit))
  return {
    moved: units.map((unit) => round(100 * mean(all(unit).map(median)), 2)),
    settled: round(
      mean(
        units.flatMap((unit) =>
          all(unit)
            .flat()
            .map((change) => (change <= 0.01 ? 1 : 0))
        )
      ),
      2
    ),
    strangers: round(mean(followed.flatMap(({ strangers }) => strangers[name]!)), 2)
  }
}

const result: Record<string, unknown> = {}
for (const stream of ["patterns/nic", ...(has("gtsrb32") ? ["gtsrb32/nc"] : [])]) {
  const followed: Array<Followed> = []
  for (const seed of seeds) followed.push(await follow(stream, seed))
  result[stream] = Object.fromEntries(estimates.map(({ name }) => [name, summary(followed, name)]))
}
result["cost"] = { pooled: round(least.pooled / least.forward, 2), flat: round(least.flat / least.forward, 2) }
console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
