/** Weights by name: as tensors in the engine and as plain arrays outside. Tensors are never written to, only replaced. */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"

export type Weights = Map<string, Tensor>

export interface Values {
  readonly shape: ReadonlyArray<number>
  readonly values: Float32Array
}
export type Arrays = ReadonlyMap<string, Values>

export const fromArrays = (tf: Tf, arrays: Arrays): Weights =>
  new Map([...arrays].map(([name, { shape, values }]) => [name, tf.keep(tf.tensor(values.slice(), [...shape]))]))

export const toArrays = (weights: Weights): Arrays =>
  new Map([...weights].map(([name, tensor]) => [name, { shape: tensor.shape, values: floats(tensor) }]))

/** Another set that shares the numbers. */
export const copy = (tf: Tf, weights: Weights): Weights =>
  new Map([...weights].map(([name, tensor]) => [name, tf.keep(tensor.clone())]))

/** Replaces one weight; the old tensor is released. */
export const put = (tf: Tf, weights: Weights, name: string, tensor: Tensor): void => {
  weights.get(name)?.dispose()
  weights.set(name, tf.keep(tensor))
}

export const release = (weights: Weights): void => {
  for (const tensor of weights.values()) tensor.dispose()
  weights.clear()
}

export const get = (weights: Weights, name: string): Tensor => {
  const tensor = weights.get(name)
  if (tensor === undefined) throw new Error(`the model has no weight ${name}`)
  return tensor
}

const floats = (tensor: Tensor): Float32Array => tensor.dataSync<"float32">()
