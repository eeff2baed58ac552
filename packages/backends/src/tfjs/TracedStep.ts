/** The kernel calls of one training step, each with the unit and the pass that it is part of. */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Pass } from "./Layers.ts"
import type * as Model from "./Model.ts"
import * as Step from "./Step.ts"
import * as Trace from "./Trace.ts"

export interface Call extends Trace.Call {
  /** None for the loss and the optimiser. */
  readonly unit: number | undefined
  readonly phase: "forward" | "loss" | "backward" | "optimiser"
}

/** A step on one sample, in the middle of a training, with the first units frozen. */
export const calls = (model: Model.Model, rates: Step.Rates, depth: number): ReadonlyArray<Call> => {
  const seen: Array<Call> = []
  let at: Pick<Call, "unit" | "phase"> = { unit: undefined, phase: "loss" }
  const ops = Trace.ops((call) => seen.push({ ...call, ...at }))
  const within = <A>(unit: number, phase: "forward" | "backward", body: () => A): A => {
    at = { unit, phase }
    const result = body()
    at = { unit: undefined, phase: phase === "forward" ? "loss" : "optimiser" }
    return result
  }
  const told = (unit: number, run: () => Pass): Pass => {
    const { output, pull } = within(unit, "forward", run)
    return { output, pull: (dy, wanted) => within(unit, "backward", () => pull(dy, wanted)) }
  }
  const weights = Trace.weights(model.units)
  const frozen = model.units.map(({ layer }, i) => {
    if (i >= depth) return undefined
    const { run, tensors } = layer.fold(ops, weights)
    return { tensors, run: (x: Tensor) => told(i, () => run(x)) }
  })
  seen.length = 0 // folding is no part of a step
  const units = model.units.map(({ name, layer }, i): Model.Unit => {
    const train: typeof layer.train = (...of) => told(i, () => layer.train(...of))
    return { name, layer: { ...layer, train } }
  })
  const mask = Trace.tensor([model.classes])
  const state = { model: { ...model, units }, weights, slots: Trace.weights(model.units), frozen, mask }
  Step.run(Trace.engine, ops, state, rates, Trace.tensor([1, ...model.shape]), Trace.tensor([1]))
  return seen
}
