/** A machine that is known: seconds by a formula with coefficients of the size that were measured, and noise. */
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Rng from "@edgeol/core/Rng"
import * as Forms from "@edgeol/sim/layers/Forms"
import type * as LayerCost from "@edgeol/sim/layers/LayerCost"
import * as LayerCosts from "@edgeol/sim/layers/LayerCost"

const rates = { learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 }
export const network = Graph.of(Models.make({ kind: "ResNet8", classes: 16 }), rates)
export const other = Graph.of(Models.make({ kind: "MobileNetV1", classes: 2 }), rates)

/** Seconds for each billion multiply-adds, megabyte, thousand numbers or call. */
const sizes: Record<string, number> = {
  moved_each: 2e-4,
  norm_each: 3e-4,
  plain_each: 1e-4,
  prepared_each: 1e-3,
  numbers_each: 1e-6,
  convCalls_each: 3e-5,
  normCalls_each: 1e-4,
  normCalls_shared: 3e-4,
  calls_each: 1e-5,
  steps_each: 1e-4
}

const passes = (() => {
  const formulas = LayerCosts.compiled(Forms.all)
  const of = (formula: (typeof formulas)["forward"]) => ({
    formula,
    coefficients: formula.coefficients.map((name) => sizes[name] ?? (/^(conv|depthwise|dense)/.test(name) ? 5e-3 : 0)),
    covariance: []
  })
  return { forward: of(formulas.forward), backward: of(formulas.backward), optimiser: of(formulas.optimiser) }
})()

const span = { batch: [1, 64], depth: [0, 4], threads: [1, 2] } as const
export const truth: LayerCost.LayerCost = { passes, scores: [0.01], range: { network: network.name, ...span } }

const batches = [1, 2, 4, 8, 16, 32, 64]

/** Each pass off by about `noise`, at random. */
export const observe = (noise: number, seed: number): ReadonlyArray<LayerCost.Observation> => {
  const rng = Rng.named(seed, "noise")
  const off = (seconds: number) => seconds * Math.exp(noise * rng.normal())
  return [1, 2].flatMap((threads) =>
    batches.flatMap((batch) =>
      [0, 1, 2, 3, 4].map((depth) => {
        const { forward, backward, optimiser } = LayerCosts.seconds(truth, network, { batch, depth, threads })
        return { batch, depth, threads, forward: off(forward), backward: off(backward), optimiser: off(optimiser) }
      })
    )
  )
}
