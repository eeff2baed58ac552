/** How TensorFlow's kernels are called through tfjs-node, past tfjs's own operations: names, attributes, tensors. */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"

export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

/** How windows lie on maps: a number is their stride (of pools: their side, too), with padding "same". */
export type Windows = number | Placed

export interface Placed {
  readonly stride: number
  /** Side of a pool's windows. */
  readonly size?: number
  readonly padding: "SAME" | "VALID"
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

/** Attributes of the kernels in use: float32, NHWC. Made once, as each step needs dozens. */
const attributesOf = (binding: Backend["binding"]) => {
  const { type, ints, string, bool, float, int } = makers(binding)
  const T = type("T", binding.TF_FLOAT)
  const nhwc = string("data_format", "NHWC")
  const convolution = placed(({ stride, padding }) => [
    T,
    ints("strides", [1, stride, stride, 1]),
    ints("dilations", [1, 1, 1, 1]),
    string("padding", padding),
    nhwc
  ])
  const pooling = placed(({ stride, size, padding }) => [
    T,
    ints("ksize", [1, size, size, 1]),
    ints("strides", [1, stride, stride, 1]),
    string("padding", padding),
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
    /** Leaves lengths of 1. */
    keptReduction: [T, type("Tidx", binding.TF_INT32), bool("keep_dims", true)],
    shape: [T, type("Tshape", binding.TF_INT32)],
    /** Of matrices in the last two dimensions. */
    products: memoise((flags: number) => [T, bool("adj_x", (flags & 1) !== 0), bool("adj_y", (flags & 2) !== 0)]),
    transposition: [T, type("Tperm", binding.TF_INT32)],
    unpacking: memoise((num: number) => [T, int("num", num), int("axis", 0)]),
    packing: memoise((N: number) => [T, int("N", N), int("axis", 0)]),
    resizing: [T, bool("align_corners", false), bool("half_pixel_centers", true)],
    padding: [T, type("Tpaddings", binding.TF_INT32)],
    slicing: [T, type("Index", binding.TF_INT32)],
    /** For oneDNN's own kernels, which are registered under this label. */
    oneDnn: {
      convolution: placed((at) => [...convolution(at), bool("is_filter_const", false), named]),
      pooling: placed((at) => [...pooling(at), bool("workspace_enabled", true), named]),
      movingNorm: memoise((rate: number) => [
        ...movingNorm(rate),
        int("num_side_inputs", 0),
        string("activation_mode", "Relu"),
        named
      ])
    }
  }
}

/** Makes attributes once for each way of placing windows. */
const placed = <V>(make: (at: Required<Placed>) => V): ((windows: Windows) => V) => {
  const known = memoise((key: string) => make(JSON.parse(key) as Required<Placed>))
  return (windows) => known(JSON.stringify(placing(windows)))
}

export const placing = (windows: Windows): Required<Placed> => {
  if (typeof windows === "number") return { stride: windows, size: windows, padding: "SAME" }
  const { stride, size = stride, padding } = windows
  return { stride, size, padding }
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
