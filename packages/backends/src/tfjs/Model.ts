/** A model is a list of units, from input to output; each can be frozen, and the last, the head, gives the logits. */
import type { Tensor } from "@tensorflow/tfjs-node"
import * as Rng from "@edgeol/core/Rng"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import type { Ops } from "./FusedOps.ts"
import type { Folded, Kind, Layer, Pass, Tape, Weight } from "./Layers.ts"
import type * as Weights from "./Weights.ts"

export interface Unit {
  readonly name: string
  readonly layer: Layer
}

export interface Model {
  /** Tells models apart in checkpoints: equal names, equal weights' names and shapes. */
  readonly name: string
  /** Height, width, channels of the input. */
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly classes: number
  /** Input bytes are multiplied by this. */
  readonly scale: number
  readonly units: ReadonlyArray<Unit>
}

/** Every weight of the model with its kind. */
export const kinds = (model: Model): ReadonlyMap<string, Kind> =>
  new Map(model.units.flatMap(({ layer }) => layer.weights.map(({ name, kind }) => [name, kind] as const)))

/** Normal numbers of a weight's own deviation; else kernels by He et al. (2015, eq. 12), variance 2 / fan-in; variances and scales 1, the rest 0. */
export const initial = (model: Model, seed: number): Weights.Arrays =>
  new Map(
    model.units.flatMap(({ layer }) =>
      layer.weights.map((weight) => [weight.name, { shape: weight.shape, values: start(weight, seed) }] as const)
    )
  )

const start = ({ name, shape, kind, ...own }: Weight, seed: number): Float32Array => {
  const size = shape.reduce((product, length) => product * length, 1)
  if (kind !== "kernel" && kind !== "depthwise" && own.deviation === undefined)
    return new Float32Array(size).fill(kind === "scale" || name.endsWith("/variance") ? 1 : 0)
  const rng = Rng.named(seed, `weights/${name}`)
  const fanOut = kind === "kernel" ? shape.at(-1)! : shape.at(-2)! // each filter of a depthwise kernel sees one channel
  const deviation = own.deviation ?? Math.sqrt((2 * fanOut) / size)
  return Float32Array.from({ length: size }, () => deviation * rng.normal())
}

/** The names of a unit's weights that a gradient step changes. */
export const trainable = (unit: Unit): ReadonlyArray<string> =>
  unit.layer.weights.filter(({ kind }) => kind !== "statistic").map(({ name }) => name)

/** Folded forms of some units, kept until released. */
export type FoldedUnits = ReadonlyArray<Folded | undefined>

export const fold = (
  tf: Tf,
  ops: Ops,
  model: Model,
  weights: Weights.Weights,
  which: (unit: number) => boolean = () => true
): FoldedUnits => {
  const units = model.units.map(({ layer }, i) => (which(i) ? folded(tf, ops, layer, weights) : undefined))
  return units
}

const folded = (tf: Tf, ops: Ops, layer: Layer, weights: Weights.Weights): Folded => {
  let result: Folded | undefined
  tf.tidy(() => {
    result = layer.fold(ops, weights)
    result.tensors.forEach((tensor) => tf.keep(tensor))
  })
  return result!
}

export const release = (units: FoldedUnits): void => {
  for (const unit of units) unit?.tensors.forEach((tensor) => tensor.dispose())
}

/** Outputs of all units for a folded model: activations, the last being the logits. */
export const activations = (units: FoldedUnits, input: Tensor): ReadonlyArray<Tensor> => {
  const outputs: Array<Tensor> = []
  for (const unit of units) outputs.push(unit!.run(outputs.at(-1) ?? input).output)
  return outputs
}

/** One pass through all units, folded where there is a folded form. */
export const forward = (
  ops: Ops,
  model: Model,
  weights: Weights.Weights,
  frozen: FoldedUnits,
  input: Tensor,
  tape: Tape
): ReadonlyArray<Pass> => {
  const passes: Array<Pass> = []
  let x = input
  model.units.forEach(({ layer }, i) => {
    const pass = frozen[i]?.run(x) ?? layer.train(ops, weights, x, tape)
    passes.push(pass)
    x = pass.output
  })
  return passes
}

/** Back to the first unit that trains, and no further. */
export const backward = (passes: ReadonlyArray<Pass>, frozen: FoldedUnits, dy: Tensor): void => {
  const first = frozen.findIndex((unit) => unit === undefined)
  let gradient: Tensor | null = dy
  for (let i = passes.length - 1; i >= first && gradient !== null; i--) gradient = passes[i]!.pull(gradient, i > first)
}
