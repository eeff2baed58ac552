/**
 * Kernels that compute nothing and say what they were asked for. A training step that runs on them shows a model's own
 * graph, without TensorFlow: which kernels, in which order, on what shapes.
 */
import type { Scalar, Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import * as AttentionOps from "./AttentionOps.ts"
import * as Calls from "./Calls.ts"
import type { Ops } from "./FusedOps.ts"
import type { Unit } from "./Model.ts"
import type { Normalised } from "./OneDnn.ts"

/** A tensor without numbers. */
export interface Blank {
  readonly shape: ReadonlyArray<number>
  /** Its name, where it is a weight. */
  readonly weight?: string
}

export interface Call {
  readonly op: keyof Ops
  readonly inputs: ReadonlyArray<Blank>
  readonly outputs: ReadonlyArray<Blank>
  /** Kernels that it takes, where it is not one. */
  readonly kernels?: number
}

/** Looks like a tensor to a step: it can be released, and its numbers are zero. */
export const tensor = (shape: ReadonlyArray<number>, weight?: string): Tensor => {
  const size = numbers({ shape })
  const blank = { shape, size, ...(weight === undefined ? {} : { weight }) }
  return { ...blank, dispose: () => {}, dataSync: () => new Float32Array(size) } as unknown as Tensor
}

/** The weights of these units. */
export const weights = (units: ReadonlyArray<Unit>): Map<string, Tensor> =>
  new Map(units.flatMap(({ layer }) => layer.weights.map(({ name, shape }) => [name, tensor(shape, name)] as const)))

/** An engine that keeps nothing. */
export const engine = {
  engine: () => ({ startScope: () => {}, endScope: () => {} }),
  keep: <A>(a: A) => a
} as unknown as Tf

export const numbers = ({ shape }: Blank): number => shape.reduce((product, length) => product * length, 1)

/** Each kernel that is launched is told to `write`; kernels count as where oneDNN is used. */
export const ops = (write: (call: Call) => void): Ops => {
  const blank = (of: Tensor) => of as unknown as Blank
  const several = (op: keyof Ops, inputs: ReadonlyArray<Tensor>, shapes: ReadonlyArray<ReadonlyArray<number>>) => {
    const outputs = shapes.map((shape) => tensor(shape))
    const about = { op, inputs: inputs.map(blank), outputs: outputs.map(blank) }
    write(op in AttentionOps.kernels ? { ...about, kernels: AttentionOps.kernels[op as AttentionOps.Name] } : about)
    return outputs
  }
  const one = (op: keyof Ops, inputs: ReadonlyArray<Tensor>, shape: ReadonlyArray<number>) =>
    several(op, inputs, [shape])[0]!
  const same = (op: keyof Ops) => (a: Tensor) => one(op, [a], a.shape)
  const wider = (op: keyof Ops) => (a: Tensor, b: Tensor) => one(op, [a, b], a.size >= b.size ? a.shape : b.shape)
  const normalise =
    (op: "normalise" | "normaliseRelu") =>
    (...[x, scale, offset, mean, variance]: Parameters<Ops["normalise"]>): Normalised => {
      const shapes = [x.shape, ...Array.from({ length: 5 }, () => scale.shape)]
      const [output, movingMean, movingVariance, own, spread, reserved] = several(
        op,
        [x, scale, offset, mean, variance],
        shapes
      )
      return {
        output: output!,
        movingMean: movingMean!,
        movingVariance: movingVariance!,
        mean: own!,
        variance: spread!,
        reserved: reserved!
      }
    }
  return {
    calls: () => 0,
    constant: () => tensor([]) as Scalar,
    add: wider("add"),
    subtract: wider("subtract"),
    multiply: wider("multiply"),
    absolute: same("absolute"),
    ratio: wider("ratio"),
    inverseRoot: same("inverseRoot"),
    identity: same("identity"),
    reshape: (a, shape) => one("reshape", [a], resolved(a, shape)),
    matMul: (a, b, transposeA, transposeB) =>
      one("matMul", [a, b], [a.shape[transposeA === true ? 1 : 0]!, b.shape[transposeB === true ? 0 : 1]!]),
    mean: (a, axes) =>
      one(
        "mean",
        [a],
        a.shape.filter((_, axis) => !axes.includes(axis))
      ),
    batchSum: (a) => one("batchSum", [a], a.shape.slice(1)),
    ...transforming(several, one),
    conv: (x, kernel, stride) => one("conv", [x, kernel], convolved(x, kernel, stride, kernel.shape[3]!)),
    convBias: (x, kernel, bias, stride) =>
      one("convBias", [x, kernel, bias], convolved(x, kernel, stride, kernel.shape[3]!)),
    convInput: (shape, kernel, dy) => one("convInput", [kernel, dy], shape),
    convKernel: (x, shape, dy) => one("convKernel", [x, dy], shape),
    depthwise: (x, kernel, stride) => one("depthwise", [x, kernel], convolved(x, kernel, stride, x.shape[3]!)),
    depthwiseInput: (shape, kernel, dy) => one("depthwiseInput", [kernel, dy], shape),
    depthwiseKernel: (x, shape, dy) => one("depthwiseKernel", [x, dy], shape),
    bias: (x, bias) => one("bias", [x, bias], x.shape),
    biasGradient: (dy) => one("biasGradient", [dy], dy.shape.slice(-1)),
    relu: same("relu"),
    reluGradient: (dy, output) => one("reluGradient", [dy, output], dy.shape),
    relu6: same("relu6"),
    relu6Gradient: (dy, output) => one("relu6Gradient", [dy, output], dy.shape),
    normalise: normalise("normalise"),
    normaliseRelu: normalise("normaliseRelu"),
    normaliseGradient(dy, x, scale, of) {
      const [input, own, offset] = several(
        "normaliseGradient",
        [dy, x, scale, of.output],
        [x.shape, scale.shape, scale.shape]
      )
      return { input: input!, scale: own!, offset: offset! }
    },
    maxPool: (x, size) => ({ output: one("maxPool", [x], pooled(x, size)), places: undefined }),
    maxPoolGradient: (dy, x, of) => one("maxPoolGradient", [dy, of.output], x.shape),
    averagePool: (x, size) => one("averagePool", [x], pooled(x, size)),
    averagePoolGradient: (dy, shape) => one("averagePoolGradient", [dy], shape),
    pad: (x, [top, left, bottom, right]) => {
      const [samples, height, width, channels] = x.shape as [number, number, number, number]
      return one("pad", [x], [samples, height + top + bottom, width + left + right, channels])
    },
    unpad: (x, _, shape) => one("unpad", [x], shape),
    enlarge: (x, factor) => one("enlarge", [x], [x.shape[0], x.shape[1]! * factor, x.shape[2]! * factor, x.shape[3]!]),
    crossEntropy(logits) {
      const [loss, gradient] = several("crossEntropy", [logits], [logits.shape.slice(0, 1), logits.shape])
      return [loss!, gradient!]
    }
  }
}

type Several = (
  op: keyof Ops,
  inputs: ReadonlyArray<Tensor>,
  shapes: ReadonlyArray<ReadonlyArray<number>>
) => ReadonlyArray<Tensor>
type One = (op: keyof Ops, inputs: ReadonlyArray<Tensor>, shape: ReadonlyArray<number>) => Tensor

/** What transformers compute; of self-attention the shares are written beside the output. */
const transforming = (several: Several, one: One): Pick<Ops, AttentionOps.Name> => ({
  layerNorm(x, scale, offset) {
    const output = one("layerNorm", [x, scale, offset], x.shape)
    return { output, normal: output, root: output }
  },
  layerNormWeights(dy, scale, offset) {
    const [a, b] = several("layerNormWeights", [dy, scale, offset], [scale.shape, offset.shape])
    return { scale: a!, offset: b! }
  },
  layerNormInput: (dy, scale) => one("layerNormInput", [dy, scale], dy.shape),
  gelu(x) {
    const output = one("gelu", [x], x.shape)
    return { output, input: x, scaled: x, error: x }
  },
  geluGradient: (dy, { output }) => one("geluGradient", [dy, output], dy.shape),
  attention(x, heads) {
    const [samples, height, width, channels] = x.shape as [number, number, number, number]
    const scores = [samples, heads, height * width, height * width]
    const [output, shares] = several("attention", [x], [[samples, height, width, channels / 3], scores])
    return { output: output!, shares: shares!, query: x, key: x, value: x, context: output! }
  },
  attentionGradient: (dy, { output, query }) => one("attentionGradient", [dy, output], query.shape)
})

const convolved = (x: Tensor, kernel: Tensor, at: Calls.Windows, channels: number) => {
  const { stride, padding } = Calls.placing(at)
  return maps(x, [kernel.shape[0], kernel.shape[1]!], stride, padding, channels)
}

const pooled = (x: Tensor, at: Calls.Windows) => {
  const { stride, size, padding } = Calls.placing(at)
  return maps(x, [size, size], stride, padding, x.shape[3]!)
}

/** Padding "same": as many places as strides fit in; "valid": as many as windows do. */
const maps = (
  { shape }: Tensor,
  [high, wide]: readonly [number, number],
  stride: number,
  padding: Calls.Placed["padding"],
  channels: number
) => {
  const places = (length: number, window: number) =>
    Math.ceil((padding === "SAME" ? length : length - window + 1) / stride)
  return [shape[0], places(shape[1]!, high), places(shape[2]!, wide), channels]
}

/** Fills in the length that is given as -1. */
const resolved = (a: Tensor, shape: ReadonlyArray<number>) => {
  const known = shape.reduce((product, length) => (length < 0 ? product : product * length), 1)
  return shape.map((length) => (length < 0 ? a.size / known : length))
}
