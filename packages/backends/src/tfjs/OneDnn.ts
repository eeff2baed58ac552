/**
 * Kernels that exist twice: TensorFlow's, and oneDNN's under names of their own, which TensorFlow does not promise to
 * keep. oneDNN's are used when they are there and give what TensorFlow's give on a small example. Gain on a Xeon at
 * [32, 32, 32, 32]: gradient of max pooling 13 times faster (0.5 against 6.5 ms); ReLU with batch norm and bias with
 * convolution for nothing (0.7 and 0.6 ms).
 */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import type { Calls, Windows } from "./Calls.ts"

/** Maxima, and where oneDNN found them (absent with TensorFlow's own kernel). */
export interface Pooled {
  readonly output: Tensor
  readonly places: Tensor | undefined
}

/** Batch norm over a batch: its output, the new moving statistics, and what its gradient needs. */
export interface Normalised {
  readonly output: Tensor
  readonly movingMean: Tensor
  readonly movingVariance: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
  readonly reserved: Tensor
}

export type Normalising = [x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, rate: number]

export interface Kernels {
  readonly convBias: (x: Tensor, kernel: Tensor, bias: Tensor, stride: Windows) => Tensor
  /** Batch norm by the batch's statistics, then ReLU. */
  readonly normaliseRelu: (...inputs: Normalising) => Normalised
  readonly maxPool: (x: Tensor, size: Windows) => Pooled
  readonly maxPoolGradient: (dy: Tensor, x: Tensor, of: Pooled, size: Windows) => Tensor
}

/** The faster ones that can be trusted here. */
export const choose = (tf: Tf, calls: Calls): Kernels => {
  const own = tensorflow(calls)
  const named = oneDnn(calls)
  return !calls.gpu && wanted() && agree(tf, own, named) ? named : own
}

export const tensorflow = ({ one, many, attributes }: Calls): Kernels => ({
  convBias: (x, kernel, bias, stride) =>
    one("BiasAdd", attributes.elementwise, [one("Conv2D", attributes.convolution(stride), [x, kernel]), bias]),
  normaliseRelu(x, scale, offset, mean, variance, rate) {
    const inputs = [x, scale, offset, mean, variance]
    const normal = normalised(many("FusedBatchNormV3", attributes.movingNorm(rate), inputs, 6))
    return { ...normal, output: one("Relu", attributes.elementwise, [normal.output]) }
  },
  maxPool: (x, size) => ({ output: one("MaxPool", attributes.pooling(size), [x]), places: undefined }),
  maxPoolGradient: (dy, x, { output }, size) => one("MaxPoolGrad", attributes.pooling(size), [x, output, dy])
})

export const oneDnn = ({ one, many, attributes: { oneDnn: attributes } }: Calls): Kernels => ({
  convBias: (x, kernel, bias, stride) =>
    one("_MklNativeConv2DWithBias", attributes.convolution(stride), [x, kernel, bias]),
  normaliseRelu: (x, scale, offset, mean, variance, rate) =>
    normalised(many("_MklNativeFusedBatchNormEx", attributes.movingNorm(rate), [x, scale, offset, mean, variance], 6)),
  maxPool(x, size) {
    const [output, places] = many("_MklNativeMaxPool", attributes.pooling(size), [x], 2)
    return { output: output!, places }
  },
  maxPoolGradient: (dy, x, { output, places }, size) =>
    one("_MklNativeMaxPoolGrad", attributes.pooling(size), [x, output, dy, places ?? output])
})

export const normalised = (out: ReadonlyArray<Tensor>): Normalised => {
  const [output, movingMean, movingVariance, mean, variance, reserved] = out as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor
  ]
  return { output, movingMean, movingVariance, mean, variance, reserved }
}

/** TensorFlow's switch for oneDNN. */
const wanted = (): boolean => process.env.TF_ENABLE_ONEDNN_OPTS !== "0"

/** Whether the second set exists and gives what the first gives. */
export const agree = (tf: Tf, own: Kernels, named: Kernels): boolean => {
  tf.engine().startScope()
  try {
    const [a, b] = [sample(tf, own), sample(tf, named)]
    return a.every((tensor, i) => tf.max(tf.abs(tf.sub(tensor, b[i]!))).dataSync()[0]! < 1e-4)
  } catch {
    return false // this TensorFlow has no such kernels
  } finally {
    tf.engine().endScope()
  }
}

/** Each kernel's results on one example with an odd side. */
const sample = (tf: Tf, kernels: Kernels): ReadonlyArray<Tensor> => {
  const x = tf.randomNormal([2, 5, 6, 8], 0, 1, "float32", 1)
  const kernel = tf.randomNormal([3, 3, 8, 8], 0, 1, "float32", 2)
  const [ones, zeros] = [tf.ones([8]), tf.zeros([8])]
  const norm = kernels.normaliseRelu(x, ones, zeros, zeros, ones, 0.1)
  const pool = kernels.maxPool(x, 2)
  const gradient = kernels.maxPoolGradient(pool.output, x, pool, 2)
  const { output, movingMean, movingVariance, mean, variance } = norm
  return [
    output,
    movingMean,
    movingVariance,
    mean,
    variance,
    pool.output,
    gradient,
    kernels.convBias(x, kernel, ones, 2)
  ]
}
