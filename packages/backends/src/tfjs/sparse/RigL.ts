/**
 * RigL (Evci et al. 2020, algorithm 1): a sparse net that now and then drops its smallest weights and grows as many where
 * the gradient is largest. A mask of 0 and 1 for each kernel lies among the weights, so that checkpoints hold it.
 *
 * TensorFlow's kernels are dense: a masked step takes as long as any other, and a little longer for the masking. What
 * sparse kernels would save is counted by `MultiplyAdds`, and is no time or energy that a device here would save.
 *
 * The paper begins with random sparse nets. This one begins with a net that was trained densely, of which each kernel
 * keeps its largest weights. And its schedule ends with the training; here training has no end, so `t / T` is the share of
 * a round's steps that is done: `f = drop / 2 (1 + cos(pi t / T))` (section 3.2) begins anew with each round.
 */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../../tensorflow/Tensorflow.ts"
import type { Ops } from "../FusedOps.ts"
import type * as Model from "../Model.ts"
import * as Weights from "../Weights.ts"
import * as Densities from "./Densities.ts"

export interface Config {
  /** Share of all kernels' numbers that are not 0. */
  readonly density: number
  /** Optimiser steps between changes of the masks, counted over all rounds. */
  readonly every: number
  /** Share of a kernel's active weights that is dropped and grown in a round's first steps. */
  readonly drop: number
}

const prefix = "mask/"

/** The mask of a kernel, where it is sparse. */
export const maskOf = (weights: Weights.Weights, kernel: string): Tensor | undefined => weights.get(prefix + kernel)

/**
 * Makes a net sparse, its momentum too; masks of this density stay as they have become. Units that keep their weights stay
 * dense until a round trains them.
 */
export const begin = (
  tf: Tf,
  ops: Ops,
  model: Model.Model,
  { weights, slots }: Kept,
  density: number,
  frozen: ReadonlyArray<boolean> = []
): void => {
  const densities = Densities.of(Densities.kernels(model), density)
  const open = Densities.kernels({ ...model, units: model.units.filter((_, i) => frozen[i] !== true) })
  for (const { name } of open) {
    const values = numbers(Weights.get(weights, name))
    const active = Math.round(densities.get(name)! * values.length)
    const old = maskOf(weights, name)
    if (old !== undefined && count(numbers(old)) === active) continue
    put(tf, ops, { weights, slots }, name, largest(values.map(Math.abs), active))
  }
}

/** Makes a net dense again: from now on all weights train. */
export const end = (weights: Weights.Weights): void => {
  for (const name of [...weights.keys()].filter((key) => key.startsWith(prefix))) {
    weights.get(name)!.dispose()
    weights.delete(name)
  }
}

interface Kept {
  readonly weights: Weights.Weights
  readonly slots: Weights.Weights
}

/** The fraction to drop and grow in place of this step of a round; undefined where the step is an optimiser's. */
export const fraction = ({ every, drop }: Config, iteration: number, done: number, steps: number): number | undefined =>
  iteration > 0 && iteration % every === 0 ? (drop / 2) * (1 + Math.cos((Math.PI * done) / steps)) : undefined

/** Drops and grows by these gradients, of the kernels that have one. */
export const rewire = (tf: Tf, ops: Ops, kept: Kept, gradients: ReadonlyMap<string, Tensor>, share: number): void => {
  for (const [name, gradient] of gradients) {
    const mask = maskOf(kept.weights, name)
    if (mask === undefined) continue
    put(tf, ops, kept, name, rewired(numbers(Weights.get(kept.weights, name)), numbers(gradient), numbers(mask), share))
  }
}

/** What is grown has been 0 all along, its momentum too. */
const put = (tf: Tf, ops: Ops, { weights, slots }: Kept, name: string, of: Float32Array): void => {
  const { shape } = Weights.get(weights, name)
  const mask = tf.tensor(of, shape)
  Weights.put(tf, weights, prefix + name, mask)
  for (const all of [weights, slots]) {
    const whole = all.get(name)
    if (whole !== undefined) Weights.put(tf, all, name, ops.multiply(whole, mask))
  }
}

/**
 * Of the active weights, the given share with the least magnitude goes; as many of those that are then inactive come,
 * where the gradient's magnitude is largest, those that just went included (as in the authors' code).
 */
export const rewired = (
  weights: Float32Array,
  gradient: Float32Array,
  mask: Float32Array,
  share: number
): Float32Array => {
  const active = count(mask)
  const moving = Math.floor(share * active)
  const kept = largest(
    weights.map((weight, i) => (mask[i] === 1 ? Math.abs(weight) : -1)),
    active - moving
  )
  const grown = largest(
    gradient.map((of, i) => (kept[i] === 1 ? -1 : Math.abs(of))),
    moving
  )
  return kept.map((one, i) => one + grown[i]!)
}

/** 1 for the `most` largest numbers, 0 for the rest; of equal ones the earlier. */
export const largest = (values: Float32Array, most: number): Float32Array => {
  const order = Uint32Array.from(values.keys()).toSorted((a, b) => values[b]! - values[a]! || a - b)
  const mask = new Float32Array(values.length)
  for (let i = 0; i < most; i++) mask[order[i]!] = 1
  return mask
}

const count = (mask: Float32Array): number => mask.reduce((sum, one) => sum + one, 0)

const numbers = (tensor: Tensor): Float32Array => tensor.dataSync<"float32">()
