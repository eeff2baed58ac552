/**
 * TensorFlow's own kernels, called directly: forward ones and the fused gradients that tfjs does without (it composes
 * those of ReLU and batch norm from elementwise operations, which made a training step 2.6 times slower than PyTorch's).
 * All tensors are float32, NHWC, padding "same" unless told. Every result is the caller's to release; `tf.tidy` sees them all.
 */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import * as AttentionOps from "./AttentionOps.ts"
import * as Calls from "./Calls.ts"
import * as OneDnn from "./OneDnn.ts"

export interface NormaliseGradient {
  readonly input: Tensor
  readonly scale: Tensor
  readonly offset: Tensor
}

/** Pixels on each side. */
export type Border = readonly [top: number, left: number, bottom: number, right: number]

const borderOf = ([top, left, bottom, right]: Border) => [0, 0, top, bottom, left, right, 0, 0]

export type Ops = ReturnType<typeof make>

/** One set for each engine: its constants and small vectors are made once and stay. */
export const of = (tf: Tf): Ops => {
  const ops = made.get(tf) ?? make(tf)
  made.set(tf, ops)
  return ops
}

const made = new WeakMap<Tf, Ops>()

const make = (tf: Tf) => {
  const calls = Calls.make(tf)
  const { one, many, attributes } = calls
  const { elementwise, convolution, pooling } = attributes
  const shapes = Calls.memoise((key: string) => tf.keep(tf.tensor1d(key.split(",").map(Number), "int32")))
  /** An int32 vector, kept for good: there are only as many as there are shapes. */
  const vector = (shape: ReadonlyArray<number>) => shapes(shape.join())
  const borders = Calls.memoise((key: string) => tf.keep(tf.tensor2d(key.split(",").map(Number), [4, 2], "int32")))
  /** A scalar, kept for good. */
  const constant = Calls.memoise((value: number) => tf.keep(tf.scalar(value)))

  return {
    ...OneDnn.choose(tf, calls),
    /** Kernels called so far. */
    calls: calls.count,
    ...AttentionOps.make(calls, vector, constant),
    constant,

    add: (a: Tensor, b: Tensor) => one("AddV2", elementwise, [a, b]),
    subtract: (a: Tensor, b: Tensor) => one("Sub", elementwise, [a, b]),
    multiply: (a: Tensor, b: Tensor) => one("Mul", elementwise, [a, b]),
    absolute: (a: Tensor) => one("Abs", elementwise, [a]),
    /** 0 where `b` is. */
    ratio: (a: Tensor, b: Tensor) => one("DivNoNan", elementwise, [a, b]),
    inverseRoot: (a: Tensor) => one("Rsqrt", elementwise, [a]),
    identity: (a: Tensor) => one("Identity", elementwise, [a]),
    reshape: (a: Tensor, shape: ReadonlyArray<number>) => one("Reshape", attributes.shape, [a, vector(shape)]),
    matMul: (a: Tensor, b: Tensor, transposeA = false, transposeB = false) =>
      one("MatMul", attributes.product((transposeA ? 1 : 0) + (transposeB ? 2 : 0)), [a, b]),
    mean: (a: Tensor, axes: ReadonlyArray<number>) => one("Mean", attributes.reduction, [a, vector(axes)]),
    /** Over the samples of a batch. */
    batchSum: (a: Tensor) => one("Sum", attributes.reduction, [a, vector([0])]),

    conv: (x: Tensor, kernel: Tensor, stride: Calls.Windows) => one("Conv2D", convolution(stride), [x, kernel]),
    convInput: (shape: ReadonlyArray<number>, kernel: Tensor, dy: Tensor, stride: Calls.Windows) =>
      one("Conv2DBackpropInput", convolution(stride), [vector(shape), kernel, dy]),
    convKernel: (x: Tensor, shape: ReadonlyArray<number>, dy: Tensor, stride: Calls.Windows) =>
      one("Conv2DBackpropFilter", convolution(stride), [x, vector(shape), dy]),
    /** Kernel `[height, width, channels, 1]`. */
    depthwise: (x: Tensor, kernel: Tensor, stride: Calls.Windows) =>
      one("DepthwiseConv2dNative", convolution(stride), [x, kernel]),
    depthwiseInput: (shape: ReadonlyArray<number>, kernel: Tensor, dy: Tensor, stride: Calls.Windows) =>
      one("DepthwiseConv2dNativeBackpropInput", convolution(stride), [vector(shape), kernel, dy]),
    depthwiseKernel: (x: Tensor, shape: ReadonlyArray<number>, dy: Tensor, stride: Calls.Windows) =>
      one("DepthwiseConv2dNativeBackpropFilter", convolution(stride), [x, vector(shape), dy]),
    bias: (x: Tensor, bias: Tensor) => one("BiasAdd", elementwise, [x, bias]),
    biasGradient: (dy: Tensor) => one("BiasAddGrad", elementwise, [dy]),

    relu: (x: Tensor) => one("Relu", elementwise, [x]),
    /** From ReLU's output: where it is positive, the gradient passes. */
    reluGradient: (dy: Tensor, output: Tensor) => one("ReluGrad", elementwise, [dy, output]),
    relu6: (x: Tensor) => one("Relu6", elementwise, [x]),
    /** From its output, which the gradient passes between 0 and 6. */
    relu6Gradient: (dy: Tensor, output: Tensor) => one("Relu6Grad", elementwise, [dy, output]),

    /** Batch norm by the batch's statistics; moving ones go `rate` of the way towards them. */
    normalise: (...[x, scale, offset, mean, variance, rate]: OneDnn.Normalising): OneDnn.Normalised =>
      OneDnn.normalised(many("FusedBatchNormV3", attributes.movingNorm(rate), [x, scale, offset, mean, variance], 6)),
    normaliseGradient: (dy: Tensor, x: Tensor, scale: Tensor, of: OneDnn.Normalised): NormaliseGradient => {
      const inputs = [dy, x, scale, of.mean, of.variance, of.reserved]
      const [input, scaleGradient, offset] = many("FusedBatchNormGradV3", attributes.norm, inputs, 5)
      return { input: input!, scale: scaleGradient!, offset: offset! }
    },

    averagePool: (x: Tensor, size: Calls.Windows) => one("AvgPool", pooling(size), [x]),
    averagePoolGradient: (dy: Tensor, shape: ReadonlyArray<number>, size: Calls.Windows) =>
      one("AvgPoolGrad", pooling(size), [vector(shape), dy]),

    /** Zeros around maps. */
    pad: (x: Tensor, border: Border) => one("Pad", attributes.padding, [x, borders(borderOf(border).join())]),
    /** The maps within. */
    unpad: (x: Tensor, [top, left]: Border, shape: ReadonlyArray<number>) =>
      one("Slice", attributes.slicing, [x, vector([0, top, left, 0]), vector(shape)]),
    /** Bilinear, pixels' centres in place. */
    enlarge: (x: Tensor, factor: number) =>
      one("ResizeBilinear", attributes.resizing, [x, vector([x.shape[1]! * factor, x.shape[2]! * factor])]),

    /** Cross entropy of each row and its gradient by the logits, in one pass. */
    crossEntropy: (logits: Tensor, labels: Tensor): readonly [loss: Tensor, gradient: Tensor] => {
      const out = many("SparseSoftmaxCrossEntropyWithLogits", attributes.labels, [logits, labels], 2)
      return [out[0]!, out[1]!]
    }
  }
}
