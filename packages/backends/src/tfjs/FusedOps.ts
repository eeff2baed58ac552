/**
 * TensorFlow's own kernels, called directly: forward ones and the fused gradients that tfjs does without (it composes
 * those of ReLU and batch norm from elementwise operations, which made a training step 2.6 times slower than PyTorch's).
 * All tensors are float32, NHWC, padding "same". Every result is the caller's to release; `tf.tidy` sees them all.
 */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"

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

export interface NormaliseGradient {
  readonly input: Tensor
  readonly scale: Tensor
  readonly offset: Tensor
}

/** Added to a variance before its root; Keras's default, which the pre-trained models were made with. */
export const epsilon = 1e-3

export type Ops = ReturnType<typeof make>

/** One set for each engine: its constants and small vectors are made once and stay. */
export const of = (tf: Tf): Ops => {
  const ops = made.get(tf) ?? make(tf)
  made.set(tf, ops)
  return ops
}

const made = new WeakMap<Tf, Ops>()

const make = (tf: Tf) => {
  const backend = tf.backend() as unknown as Backend
  const { binding } = backend
  const attributes = namers(binding)
  const { type, ints, string, bool, float, int } = attributes
  const T = type("T", binding.TF_FLOAT)
  const nhwc = string("data_format", "NHWC")
  const same = string("padding", "SAME")

  let count = 0
  const call = (name: string, attrs: ReadonlyArray<Attribute>, inputs: ReadonlyArray<Tensor>): Tensor => {
    count++
    return backend.executeSingleOutput(name, attrs, inputs)
  }
  const callMany = (name: string, attrs: ReadonlyArray<Attribute>, inputs: ReadonlyArray<Tensor>, outputs: number) => {
    count++
    return backend.executeMultipleOutputs(name, attrs, inputs, outputs)
  }

  const elementwise = [T]
  const convolution = memoise((stride: number) => [
    T,
    ints("strides", [1, stride, stride, 1]),
    ints("dilations", [1, 1, 1, 1]),
    same,
    nhwc
  ])
  const pooling = memoise((size: number) => [
    T,
    ints("ksize", [1, size, size, 1]),
    ints("strides", [1, size, size, 1]),
    same,
    nhwc
  ])
  const normalising = [T, type("U", binding.TF_FLOAT), float("epsilon", epsilon), nhwc, bool("is_training", true)]
  const averaging = memoise((rate: number) => [...normalising, float("exponential_avg_factor", rate)])
  const product = memoise((flags: number) => [
    T,
    bool("transpose_a", (flags & 1) !== 0),
    bool("transpose_b", (flags & 2) !== 0)
  ])
  const classLabels = [T, type("Tlabels", binding.TF_INT32)]
  const reduction = [T, type("Tidx", binding.TF_INT32), bool("keep_dims", false)]
  const joining = [T, int("N", 2)]
  const shapes = memoise((key: string) => tf.keep(tf.tensor1d(key === "" ? [] : key.split(",").map(Number), "int32")))
  const numbers = memoise((value: number) => tf.keep(tf.scalar(value)))

  /** An int32 vector, kept for good: there are only as many as there are shapes. */
  const vector = (shape: ReadonlyArray<number>) => shapes(shape.join())
  const constant = (value: number) => numbers(value)

  const oneDnn = string("_kernel", "MklNameChangeOp")
  const pooled = memoise((size: number) => [...pooling(size), bool("workspace_enabled", true), oneDnn])
  const rectified = memoise((rate: number) => [
    ...averaging(rate),
    int("num_side_inputs", 0),
    string("activation_mode", "Relu"),
    oneDnn
  ])
  const biased = memoise((stride: number) => [...convolution(stride), bool("is_filter_const", false), oneDnn])
  const norm = (out: ReadonlyArray<Tensor>): Normalised => {
    const [output, movingMean, movingVariance, mean, variance, reserved] = out as Six
    return { output, movingMean, movingVariance, mean, variance, reserved }
  }
  const relu = (x: Tensor) => call("Relu", elementwise, [x])

  const plain: Kernels = {
    convBias: (x, kernel, bias, stride) =>
      call("BiasAdd", elementwise, [call("Conv2D", convolution(stride), [x, kernel]), bias]),
    normaliseRelu: (x, scale, offset, mean, variance, rate) => {
      const of = norm(callMany("FusedBatchNormV3", averaging(rate), [x, scale, offset, mean, variance], 6))
      return { ...of, output: relu(of.output) }
    },
    maxPool: (x, size) => ({ output: call("MaxPool", pooling(size), [x]), places: undefined }),
    maxPoolGradient: (dy, x, { output }, size) => call("MaxPoolGrad", pooling(size), [x, output, dy])
  }
  const native: Kernels = {
    convBias: (x, kernel, bias, stride) => call("_MklNativeConv2DWithBias", biased(stride), [x, kernel, bias]),
    normaliseRelu: (x, scale, offset, mean, variance, rate) =>
      norm(callMany("_MklNativeFusedBatchNormEx", rectified(rate), [x, scale, offset, mean, variance], 6)),
    maxPool(x, size) {
      const [output, places] = callMany("_MklNativeMaxPool", pooled(size), [x], 2)
      return { output: output!, places }
    },
    maxPoolGradient: (dy, x, of, size) =>
      call("_MklNativeMaxPoolGrad", pooled(size), [x, of.output, dy, of.places ?? of.output])
  }
  const best = !backend.isUsingGpuDevice && oneDnnWanted() && agree(tf, plain, native) ? native : plain

  return {
    ...best,
    /** Whether oneDNN's kernels are called by name. */
    native: best === native,
    /** Operations called so far. */
    calls: () => count,
    constant,
    add: (a: Tensor, b: Tensor) => call("AddV2", elementwise, [a, b]),
    addN: (a: Tensor, b: Tensor) => call("AddN", joining, [a, b]),
    subtract: (a: Tensor, b: Tensor) => call("Sub", elementwise, [a, b]),
    multiply: (a: Tensor, b: Tensor) => call("Mul", elementwise, [a, b]),
    inverseRoot: (a: Tensor) => call("Rsqrt", elementwise, [a]),
    identity: (a: Tensor) => call("Identity", elementwise, [a]),
    reshape: (a: Tensor, shape: ReadonlyArray<number>) =>
      call("Reshape", [T, type("Tshape", binding.TF_INT32)], [a, vector(shape)]),
    matMul: (a: Tensor, b: Tensor, transposeA = false, transposeB = false) =>
      call("MatMul", product((transposeA ? 1 : 0) + (transposeB ? 2 : 0)), [a, b]),
    sum: (a: Tensor, axes: ReadonlyArray<number>) => call("Sum", reduction, [a, vector(axes)]),
    mean: (a: Tensor, axes: ReadonlyArray<number>) => call("Mean", reduction, [a, vector(axes)]),

    conv: (x: Tensor, kernel: Tensor, stride: number) => call("Conv2D", convolution(stride), [x, kernel]),
    convInput: (shape: ReadonlyArray<number>, kernel: Tensor, dy: Tensor, stride: number) =>
      call("Conv2DBackpropInput", convolution(stride), [vector(shape), kernel, dy]),
    convKernel: (x: Tensor, shape: ReadonlyArray<number>, dy: Tensor, stride: number) =>
      call("Conv2DBackpropFilter", convolution(stride), [x, vector(shape), dy]),
    bias: (x: Tensor, bias: Tensor) => call("BiasAdd", elementwise, [x, bias]),
    biasGradient: (dy: Tensor) => call("BiasAddGrad", elementwise, [dy]),

    relu,
    /** From ReLU's output: where it is positive, the gradient passes. */
    reluGradient: (dy: Tensor, output: Tensor) => call("ReluGrad", elementwise, [dy, output]),

    /** Batch norm by the batch's statistics; moving ones go `rate` of the way towards them. */
    normalise: (...[x, scale, offset, mean, variance, rate]: Normalising): Normalised =>
      norm(callMany("FusedBatchNormV3", averaging(rate), [x, scale, offset, mean, variance], 6)),
    normaliseGradient: (dy: Tensor, x: Tensor, scale: Tensor, of: Normalised): NormaliseGradient => {
      const inputs = [dy, x, scale, of.mean, of.variance, of.reserved]
      const [input, scaleGradient, offset, ...empty] = callMany("FusedBatchNormGradV3", normalising, inputs, 5) as Six
      tf.dispose(empty)
      return { input, scale: scaleGradient, offset }
    },

    averagePool: (x: Tensor, size: number) => call("AvgPool", pooling(size), [x]),
    averagePoolGradient: (dy: Tensor, shape: ReadonlyArray<number>, size: number) =>
      call("AvgPoolGrad", pooling(size), [vector(shape), dy]),

    /** Cross entropy of each row and its gradient by the logits, in one pass. */
    crossEntropy: (logits: Tensor, labels: Tensor): readonly [loss: Tensor, gradient: Tensor] => {
      const out = callMany("SparseSoftmaxCrossEntropyWithLogits", classLabels, [logits, labels], 2)
      return [out[0]!, out[1]!]
    }
  }
}

type Normalising = [x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, rate: number]

interface Kernels {
  readonly convBias: (x: Tensor, kernel: Tensor, bias: Tensor, stride: number) => Tensor
  readonly normaliseRelu: (...inputs: Normalising) => Normalised
  readonly maxPool: (x: Tensor, size: number) => Pooled
  readonly maxPoolGradient: (dy: Tensor, x: Tensor, of: Pooled, size: number) => Tensor
}

/** TensorFlow's switch for oneDNN. */
const oneDnnWanted = (): boolean => process.env.TF_ENABLE_ONEDNN_OPTS !== "0"

/**
 * oneDNN's kernels have names of their own, which TensorFlow does not promise to keep. They are used when they are there
 * and give what TensorFlow's give on a small example. Gain on a Xeon, [32, 32, 32, 32]: gradient of max pooling 13 times
 * faster (0.5 against 6.5 ms), ReLU with batch norm and bias with convolution for nothing.
 */
const agree = (tf: Tf, plain: Kernels, native: Kernels): boolean => {
  try {
    return tf.tidy(() => {
      const [a, b] = [sample(tf, plain), sample(tf, native)]
      const furthest = a.map((tensor, i) => tf.max(tf.abs(tf.sub(tensor, b[i]!))).dataSync()[0]!)
      return furthest.every((distance) => distance < 1e-4) as unknown as Tensor
    }) as unknown as boolean
  } catch {
    return false // this TensorFlow has no such kernels
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

type Six = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]

interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

interface Backend {
  readonly isUsingGpuDevice: boolean
  readonly binding: Record<
    "TF_FLOAT" | "TF_INT32" | "TF_ATTR_TYPE" | "TF_ATTR_INT" | "TF_ATTR_STRING" | "TF_ATTR_BOOL" | "TF_ATTR_FLOAT",
    number
  >
  executeSingleOutput(name: string, attrs: ReadonlyArray<Attribute>, inputs: ReadonlyArray<Tensor>): Tensor
  executeMultipleOutputs(
    name: string,
    attrs: ReadonlyArray<Attribute>,
    inputs: ReadonlyArray<Tensor>,
    outputs: number
  ): Array<Tensor>
}

const namers = (binding: Backend["binding"]) => ({
  type: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value }),
  int: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_INT, value }),
  ints: (name: string, value: ReadonlyArray<number>): Attribute => ({ name, type: binding.TF_ATTR_INT, value }),
  string: (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value }),
  bool: (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value }),
  float: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value })
})

const memoise = <K, V>(make: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>()
  return (key) => {
    if (!known.has(key)) known.set(key, make(key))
    return known.get(key) as V
  }
}
