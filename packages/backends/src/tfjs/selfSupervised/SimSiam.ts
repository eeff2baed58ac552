/**
 * SimSiam (Chen and He 2021) beside a classifier: the model's body is the encoder, and two heads of its own follow it.
 * The projector has three layers, all with batch norm, the last without ReLU and scale; the predictor is a bottleneck of
 * two. The paper's 2048 and 512 become the body's own width and a quarter of it: 2048 would be absurd for 32 features.
 * Both views of a minibatch pass as one batch, so batch norm averages over both, where the paper's averages over each.
 */
import { LearnerError } from "@edgeol/core/Learner"
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../../tensorflow/Tensorflow.ts"
import type { Ops } from "../FusedOps.ts"
import * as Layers from "../Layers.ts"
import * as Model from "../Model.ts"
import * as Trace from "../Trace.ts"
import type * as Weights from "../Weights.ts"
import * as Agreement from "./Agreement.ts"

/** The heads' weights are called so; no unit of a model is. */
export const prefix = "simsiam/"

/** Wider ones would outweigh the body: 256 is MobileNetV1-0.25's. */
const widest = 256

/** The model with the two heads in place of its own. Throws a `LearnerError` where no body comes before the head. */
export const branch = (model: Model.Model): Model.Model => {
  const body = model.units.slice(0, -1)
  if (body.length === 0) {
    const message =
      "self-supervision trains what comes before the head, and this model is a head alone: give it hidden layers or train without simsiam"
    throw new LearnerError({ reason: "Engine", message })
  }
  const shape = outputOf({ ...model, units: body })
  const features = shape.at(-1)!
  const width = Math.min(widest, features)
  const layer = (name: string, from: number, to: number, relu = true) =>
    Layers.convNorm({ name: prefix + name, from, to, size: 1, relu })
  const hidden = Math.max(1, Math.round(width / 4))
  const projector = Layers.chain(
    summary(shape),
    layer("projector1", features, width),
    layer("projector2", width, width),
    layer(last, width, width, false)
  )
  const output = Layers.conv({ name: `${prefix}predictor2`, from: hidden, to: width, size: 1 })
  const predictor = Layers.chain(layer("predictor1", width, hidden), output)
  return {
    ...model,
    units: [...body, { name: "projector", layer: projector }, { name: "predictor", layer: predictor }]
  }
}

const last = "projector3"

const outputOf = (model: Model.Model): ReadonlyArray<number> => {
  const tape: Layers.Tape = { gradients: new Map(), statistics: new Map() }
  const ops = Trace.ops(() => {})
  const input = Trace.tensor([1, ...model.shape])
  return Model.forward(ops, model, Trace.weights(model.units), [], input, tape).at(-1)!.output.shape
}

/** Means over the places of maps or tokens, as maps of one pixel: layers on these are dense ones. */
const summary = (shape: ReadonlyArray<number>): Layers.Layer => {
  const [height, width, channels] = [1, 1, ...shape.slice(1)].slice(-3) as [number, number, number]
  const maps = plain(
    (ops, x) => ops.reshape(x, [-1, height, width, channels]),
    (ops, dy, x) => ops.reshape(dy, x.shape)
  )
  return height * width === 1 ? maps : Layers.chain(maps, Layers.averagePool(Math.max(height, width)))
}

const plain = (
  run: (ops: Ops, x: Tensor) => Tensor,
  back: (ops: Ops, dy: Tensor, x: Tensor) => Tensor
): Layers.Layer => {
  const pass = (ops: Ops, x: Tensor): Layers.Pass => ({
    output: run(ops, x),
    pull: (dy, wanted) => (wanted ? back(ops, dy, x) : null)
  })
  return { weights: [], train: (ops, _, x) => pass(ops, x), fold: (ops) => ({ tensors: [], run: (x) => pass(ops, x) }) }
}

/** The heads' weights before any step. */
export const initial = (branched: Model.Model, seed: number): Weights.Arrays =>
  Model.initial({ ...branched, units: branched.units.slice(-2) }, seed)

export interface Passed {
  readonly loss: number
  /** Of the projections: see `Agreement`. */
  readonly deviation: number
  /** Gradients by weight, of the units of the body that train and of both heads; times the weight of the loss. */
  readonly back: () => ReadonlyMap<string, Tensor>
}

/**
 * A pass of both views, `[2 n, height, width, channels]`. `frozen` is the body's. Moving statistics stay as they are: those
 * that serve are of samples, not of views. Within `tf.tidy` or a scope.
 */
export const run = (
  tf: Tf,
  ops: Ops,
  branched: Model.Model,
  weights: Weights.Weights,
  frozen: Model.FoldedUnits,
  views: Tensor,
  weight: number
): Passed => {
  const tape: Layers.Tape = { gradients: new Map(), statistics: new Map() }
  const folded = branched.units.map((_, i) => (i < branched.units.length - 2 ? frozen[i] : undefined))
  const passes = Model.forward(ops, branched, weights, folded, views, tape)
  const [z, p] = [passes.at(-2)!.output, passes.at(-1)!.output]
  const [predicted, target] = [p.dataSync<"float32">(), z.dataSync<"float32">()]
  const { gradient, ...seen } = Agreement.measure(predicted, target, p.shape.at(-1)!)
  const back = () => {
    Model.backward(passes, folded, ops.multiply(tf.tensor(gradient, p.shape), ops.constant(weight)))
    for (const name of ["scale", "offset"]) tape.gradients.delete(`${prefix}${last}/${name}`)
    return tape.gradients
  }
  return { ...seen, back }
}
