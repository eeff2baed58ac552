/** A model on an engine: examples in, logits and Gram matrices out. */
import type { Examples } from "@edgeol/core/Examples"
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import * as FusedOps from "./FusedOps.ts"
import * as Model from "./Model.ts"
import type * as Weights from "./Weights.ts"

export interface Net {
  readonly tf: Tf
  readonly ops: FusedOps.Ops
  readonly model: Model.Model
  /** The last input's numbers, written over by the next: fresh ones for each batch pile up until they are collected. */
  readonly buffer: { values: Float32Array }
}

export const make = (tf: Tf, model: Model.Model): Net => ({
  tf,
  ops: FusedOps.of(tf),
  model,
  buffer: { values: new Float32Array(0) }
})

/** Examples that go through the model at once when nothing is learnt: bounds the memory of activations. */
const most = 128

/** The bytes of these examples as a scaled float tensor. It must be released before the next input is made. */
export const input = ({ tf, model, buffer }: Net, examples: Examples, positions: ArrayLike<number>): Tensor => {
  const [height, width, channels] = examples.shape
  const size = height * width * channels
  const length = positions.length * size
  if (buffer.values.length < length) buffer.values = new Float32Array(length)
  const values = buffer.values.subarray(0, length)
  for (let i = 0; i < positions.length; i++) {
    const from = positions[i]! * size
    for (let j = 0; j < size; j++) values[i * size + j] = examples.inputs[from + j]! * model.scale
  }
  return tf.tensor4d(values, [positions.length, height, width, channels])
}

/** Logits, one row for each example. */
export const logits = (net: Net, units: Model.FoldedUnits, examples: Examples): Float32Array => {
  const { classes } = net.model
  const out = new Float32Array(examples.count * classes)
  for (let from = 0; from < examples.count; from += most) {
    const positions = range(from, Math.min(from + most, examples.count))
    net.tf.tidy(() => {
      const last = Model.activations(units, input(net, examples, positions)).at(-1)!
      out.set(last.dataSync<"float32">(), from * classes)
    })
  }
  return out
}

/** Folds the whole model, for one use. */
export const folded = <A>(net: Net, weights: Weights.Weights, use: (units: Model.FoldedUnits) => A): A => {
  const units = Model.fold(net.tf, net.ops, net.model, weights)
  try {
    return use(units)
  } finally {
    Model.release(units)
  }
}

/**
 * Gram matrices of each unit's activations. Maps are averaged over a 2x2 grid first: flattened whole maps of early units
 * barely move whatever the unit learns, pooled ones order the units sensibly.
 */
export const grams = (net: Net, units: Model.FoldedUnits, probe: Examples): ReadonlyArray<Float32Array> => {
  const result: Array<Float32Array> = []
  net.tf.tidy(() => {
    const { ops } = net
    for (const activation of Model.activations(units, input(net, probe, range(0, probe.count)))) {
      const rows = ops.reshape(pooled(ops, activation), [probe.count, -1])
      result.push(ops.matMul(rows, rows, false, true).dataSync<"float32">())
    }
  })
  return result
}

const pooled = (ops: FusedOps.Ops, activation: Tensor): Tensor => {
  const [, height = 1, width = 1] = activation.shape
  const size = Math.floor(Math.min(height, width) / 2)
  return activation.shape.length === 4 && size > 1 ? ops.averagePool(activation, size) : activation
}

const range = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i)
