/** How TensorFlow's kernels are called through tfjs-node, past tfjs's own operations: names, attributes, tensors. */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"

export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

/** Added to a variance before its root; Keras's default, which the pre-trained models were made with. */
export const epsilon = 1e-3

export type Calls = ReturnType<typeof make>

export const make = (tf: Tf) => {
  const backend = tf.backend() as unknown as Backend
  let count = 0
  return {
    /** Kernels called so far. */
    count: () => count,
    gpu: backend.isUsingGpuDevice,
    attributes: attributesOf(backend.binding),
    one: (name: string, attributes: ReadonlyArray<Attribute>, inputs: ReadonlyArray<Tensor>): Tensor => {
      count++
      return backend.executeSingleOutput(name, attributes, inputs)
    },
    many: (name: string, attributes: ReadonlyArray<Attribute>, inputs: ReadonlyArray<Tensor>, outputs: number) => {
      count++
      return backend.executeMultipleOutputs(name, attributes, inputs, outputs)
    }
  }
}

/** Attributes of the kernels in use: float32, NHWC, padding "same". Made once, as each step needs dozens. */
const attributesOf = (binding: Backend["binding"]) => {
  const { type, ints, string, bool, float, int } = makers(binding)
  const T = type("T", binding.TF_FLOAT)
  const nhwc = string("data_format", "NHWC")
  const same = string("padding", "SAME")
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
  const norm = [T, type("U", binding.TF_FLOAT), float("epsilon", epsilon), nhwc, bool("is_training", true)]
  const movingNorm = memoise((rate: number) => [...norm, float("exponential_avg_factor", rate)])
  const named = string("_kernel", "MklNameChangeOp")
  return {
    elementwise: [T],
    convolution,
    pooling,
    norm,
    movingNorm,
    product: memoise((flags: number) => [
      T,
      bool("transpose_a", (flags & 1) !== 0),
      bool("transpose_b", (flags & 2) !== 0)
    ]),
    labels: [T, type("Tlabels", binding.TF_INT32)],
    reduction: [T, type("Tidx", binding.TF_INT32), bool("keep_dims", false)],
    shape: [T, type("Tshape", binding.TF_INT32)],
    /** For oneDNN's own kernels, which are registered under this label. */
    oneDnn: {
      convolution: memoise((stride: number) => [...convolution(stride), bool("is_filter_const", false), named]),
      pooling: memoise((size: number) => [...pooling(size), bool("workspace_enabled", true), named]),
      movingNorm: memoise((rate: number) => [
        ...movingNorm(rate),
        int("num_side_inputs", 0),
        string("activation_mode", "Relu"),
        named
      ])
    }
  }
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

const makers = (binding: Backend["binding"]) => ({
  type: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value }),
  int: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_INT, value }),
  ints: (name: string, value: ReadonlyArray<number>): Attribute => ({ name, type: binding.TF_ATTR_INT, value }),
  string: (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value }),
  bool: (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value }),
  float: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value })
})

export const memoise = <K, V>(make: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>()
  return (key) => {
    if (!known.has(key)) known.set(key, make(key))
    return known.get(key) as V
  }
}
