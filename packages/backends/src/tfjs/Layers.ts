/**
 * What units are made of. A layer has two forms: *training* (batch norm by the batch's statistics, gradients of its
 * weights) and *folded* (inference: batch norm folded into the convolution's kernel and bias, gradient of the input
 * only), which serves requests and runs frozen units. Gradients are written by hand: see `FusedOps`.
 */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Windows } from "./Calls.ts"
import { epsilon } from "./Calls.ts"
import type { Ops } from "./FusedOps.ts"
import * as Weights from "./Weights.ts"

/** Weight decay is for kernels alone: depthwise ones have few numbers and get none (Howard et al. 2017, section 3.2). */
export type Kind = "kernel" | "depthwise" | "bias" | "scale" | "statistic"

export interface Weight {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  readonly kind: Kind
  /** Standard deviation at the start, where it is not that of its kind. */
  readonly deviation?: number
}

/** What a training pass gives beside its output. */
export interface Tape {
  readonly gradients: Map<string, Tensor>
  /** New moving means and variances. */
  readonly statistics: Map<string, Tensor>
}

/** From the gradient by the output to that by the input, which is skipped (`null`) where nobody needs it. */
export type Pull = (dy: Tensor, wanted: boolean) => Tensor | null

export interface Pass {
  readonly output: Tensor
  readonly pull: Pull
}

export interface Folded {
  readonly run: (x: Tensor) => Pass
  /** The tensors that `run` holds on to. */
  readonly tensors: ReadonlyArray<Tensor>
}

export interface Layer {
  readonly weights: ReadonlyArray<Weight>
  readonly train: (ops: Ops, weights: Weights.Weights, x: Tensor, tape: Tape) => Pass
  readonly fold: (ops: Ops, weights: Weights.Weights) => Folded
}

/** Share of the batch's statistics that enters the moving ones: a moving average of 0.9, as 0.99 lags in short rounds. */
export const rate = 0.1

/** Of a kernel; a number is its height and its width. */
export type Size = number | readonly [height: number, width: number]

const area = (size: Size): readonly [height: number, width: number] => (typeof size === "number" ? [size, size] : size)

export interface Convolution {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly size?: Size
  readonly stride?: Windows
  readonly relu?: boolean
  readonly bias?: boolean
  /** Of the kernel at the start, if not He's. */
  readonly deviation?: number
}

const defaults = { size: 3, stride: 1, relu: false, bias: false }

/** Convolution, batch norm and, if asked for, ReLU. A bias before a batch norm has no gradient; it only shifts the mean. */
export const convNorm = (options: Convolution): Layer => {
  const { name, from, to, size, stride, relu, bias } = { ...defaults, ...options }
  const kernel: Weight = { name: `${name}/kernel`, shape: [...area(size), from, to], kind: "kernel" }
  return normed(full, kernel, to, { name, stride, relu, bias })
}

export interface Depthwise {
  readonly name: string
  readonly channels: number
  readonly size?: Size
  readonly stride: Windows
  readonly relu?: boolean
  readonly bias?: boolean
}

/** A filter for each channel, batch norm and, unless refused, ReLU (Howard et al. 2017, figure 3). */
export const depthwiseNorm = ({ relu = true, bias = false, ...options }: Depthwise): Layer => {
  const { name, channels, stride } = options
  return normed(depthwise, filters(options), channels, { name, stride, relu, bias })
}

const filters = ({ name, channels, size = 3 }: Omit<Depthwise, "stride">): Weight => ({
  name: `${name}/kernel`,
  shape: [...area(size), channels, 1],
  kind: "depthwise"
})

/** What a convolution calls. */
interface Convolve {
  readonly forward: (ops: Ops, x: Tensor, kernel: Tensor, stride: Windows) => Tensor
  readonly biased: (ops: Ops, x: Tensor, kernel: Tensor, bias: Tensor, stride: Windows) => Tensor
  readonly input: (ops: Ops, shape: ReadonlyArray<number>, kernel: Tensor, dy: Tensor, stride: Windows) => Tensor
  readonly kernel: (ops: Ops, x: Tensor, shape: ReadonlyArray<number>, dy: Tensor, stride: Windows) => Tensor
  /** A number for each output channel, so that it multiplies the kernel. */
  readonly factor: (ops: Ops, factor: Tensor) => Tensor
}

const full: Convolve = {
  forward: (ops, ...of) => ops.conv(...of),
  biased: (ops, ...of) => ops.convBias(...of),
  input: (ops, ...of) => ops.convInput(...of),
  kernel: (ops, ...of) => ops.convKernel(...of),
  factor: (_, factor) => factor
}

const depthwise: Convolve = {
  forward: (ops, ...of) => ops.depthwise(...of),
  biased: (ops, x, kernel, bias, stride) => ops.bias(ops.depthwise(x, kernel, stride), bias),
  input: (ops, ...of) => ops.depthwiseInput(...of),
  kernel: (ops, ...of) => ops.depthwiseKernel(...of),
  factor: (ops, factor) => ops.reshape(factor, [-1, 1])
}

type Normed = Required<Pick<Convolution, "name" | "stride" | "relu" | "bias">>

const normed = (by: Convolve, of: Weight, to: number, { name, stride, relu, bias }: Normed): Layer => {
  const kernel = of.name
  const [scale, offset, mean, variance] = [`${name}/scale`, `${name}/offset`, `${name}/mean`, `${name}/variance`]
  const weights: ReadonlyArray<Weight> = [
    of,
    ...(bias ? [{ name: `${name}/bias`, shape: [to], kind: "statistic" } as const] : []),
    { name: scale, shape: [to], kind: "scale" },
    { name: offset, shape: [to], kind: "bias" },
    { name: mean, shape: [to], kind: "statistic" },
    { name: variance, shape: [to], kind: "statistic" }
  ]
  return {
    weights,
    train(ops, w, x, tape) {
      const get = (of: string) => Weights.get(w, of)
      const shifted = bias
        ? by.biased(ops, x, get(kernel), get(`${name}/bias`), stride)
        : by.forward(ops, x, get(kernel), stride)
      const normalise = relu ? ops.normaliseRelu : ops.normalise
      const normal = normalise(shifted, get(scale), get(offset), get(mean), get(variance), rate)
      const { output } = normal
      tape.statistics.set(mean, normal.movingMean).set(variance, normal.movingVariance)
      const pull: Pull = (dy, wanted) => {
        const open = relu ? ops.reluGradient(dy, output) : dy
        const inner = ops.normaliseGradient(open, shifted, get(scale), normal)
        tape.gradients.set(scale, inner.scale).set(offset, inner.offset)
        tape.gradients.set(kernel, by.kernel(ops, x, get(kernel).shape, inner.input, stride))
        return wanted ? by.input(ops, x.shape, get(kernel), inner.input, stride) : null
      }
      return { output, pull }
    },
    fold(ops, w) {
      const get = (of: string) => Weights.get(w, of)
      const factor = ops.multiply(get(scale), ops.inverseRoot(ops.add(get(variance), ops.constant(epsilon))))
      const centre = bias ? ops.subtract(get(mean), get(`${name}/bias`)) : get(mean)
      const shift = ops.subtract(get(offset), ops.multiply(centre, factor))
      return foldedConv(by, ops, ops.multiply(get(kernel), by.factor(ops, factor)), shift, stride, relu)
    }
  }
}

/** Convolution with a bias, without batch norm. */
export const conv = (options: Omit<Convolution, "bias" | "relu">): Layer => {
  const { name, from, to, size, stride, deviation } = { ...defaults, ...options }
  const start = deviation === undefined ? {} : { deviation }
  const kernel: Weight = { name: `${name}/kernel`, shape: [...area(size), from, to], kind: "kernel", ...start }
  return biased(full, kernel, { name, to, stride })
}

/** A filter and a bias for each channel. */
export const depthwiseConv = (options: Omit<Depthwise, "relu" | "bias">): Layer => {
  const { name, channels, stride } = options
  return biased(depthwise, filters(options), { name, to: channels, stride })
}

const biased = (
  by: Convolve,
  of: Weight,
  { name, to, stride }: Required<Pick<Convolution, "name" | "to" | "stride">>
): Layer => {
  const [kernel, bias] = [of.name, `${name}/bias`]
  return {
    weights: [of, { name: bias, shape: [to], kind: "bias" }],
    train(ops, w, x, tape) {
      const weight = Weights.get(w, kernel)
      const pull: Pull = (dy, wanted) => {
        tape.gradients.set(kernel, by.kernel(ops, x, weight.shape, dy, stride))
        tape.gradients.set(bias, ops.biasGradient(dy))
        return wanted ? by.input(ops, x.shape, weight, dy, stride) : null
      }
      return { output: by.biased(ops, x, weight, Weights.get(w, bias), stride), pull }
    },
    fold: (ops, w) =>
      foldedConv(by, ops, ops.identity(Weights.get(w, kernel)), ops.identity(Weights.get(w, bias)), stride, false)
  }
}

const foldedConv = (by: Convolve, ops: Ops, kernel: Tensor, shift: Tensor, stride: Windows, relu: boolean): Folded => ({
  tensors: [kernel, shift],
  run(x) {
    const shifted = by.biased(ops, x, kernel, shift, stride)
    const output = relu ? ops.relu(shifted) : shifted
    const pull: Pull = (dy, wanted) =>
      wanted ? by.input(ops, x.shape, kernel, relu ? ops.reluGradient(dy, output) : dy, stride) : null
    return { output, pull }
  }
})

/** `x W + b` on rows; takes maps apart into rows first. */
export const dense = (name: string, from: number, to: number): Layer => {
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`]
  const rows = (ops: Ops, x: Tensor) => (x.shape.length === 2 ? x : ops.reshape(x, [x.shape[0], from]))
  const pass = (ops: Ops, x: Tensor, w: Tensor, b: Tensor, learn: (rows: Tensor, dy: Tensor) => void): Pass => {
    const flat = rows(ops, x)
    const pull: Pull = (dy, wanted) => {
      learn(flat, dy)
      if (!wanted) return null
      const inner = ops.matMul(dy, w, false, true)
      return flat === x ? inner : ops.reshape(inner, x.shape)
    }
    return { output: ops.bias(ops.matMul(flat, w), b), pull }
  }
  return {
    weights: [
      { name: kernel, shape: [from, to], kind: "kernel" },
      { name: bias, shape: [to], kind: "bias" }
    ],
    train: (ops, w, x, tape) =>
      pass(ops, x, Weights.get(w, kernel), Weights.get(w, bias), (flat, dy) => {
        tape.gradients.set(kernel, ops.matMul(flat, dy, true, false))
        tape.gradients.set(bias, ops.biasGradient(dy))
      }),
    fold(ops, w) {
      const [weight, shift] = [ops.identity(Weights.get(w, kernel)), ops.identity(Weights.get(w, bias))]
      return { tensors: [weight, shift], run: (x) => pass(ops, x, weight, shift, () => {}) }
    }
  }
}

/** A layer without weights. */
export const plain = (run: (ops: Ops, x: Tensor) => Pass): Layer => ({
  weights: [],
  train: (ops, _, x) => run(ops, x),
  fold: (ops) => ({ tensors: [], run: (x) => run(ops, x) })
})

export const maxPool = (size: Windows): Layer =>
  plain((ops, x) => {
    const pooled = ops.maxPool(x, size)
    const pull: Pull = (dy, wanted) => (wanted ? ops.maxPoolGradient(dy, x, pooled, size) : null)
    return { output: pooled.output, pull }
  })

/** After a pooling it is the same function as before it, on fewer numbers. */
export const relu: Layer = plain((ops, x) => {
  const output = ops.relu(x)
  return { output, pull: (dy, wanted) => (wanted ? ops.reluGradient(dy, output) : null) }
})

/** Means over squares of pixels. */
export const averagePool = (size: Windows): Layer =>
  plain((ops, x) => ({
    output: ops.averagePool(x, size),
    pull: (dy, wanted) => (wanted ? ops.averagePoolGradient(dy, x.shape, size) : null)
  }))

/** Does something to samples before the first layer, of which nobody wants a gradient. */
export const prepared = (by: (ops: Ops, x: Tensor) => Tensor, layer: Layer): Layer => {
  const last = ({ output, pull }: Pass): Pass => ({ output, pull: (dy) => pull(dy, false) })
  return {
    weights: layer.weights,
    train: (ops, w, x, tape) => last(layer.train(ops, w, by(ops, x), tape)),
    fold(ops, w) {
      const { tensors, run } = layer.fold(ops, w)
      return { tensors, run: (x) => last(run(by(ops, x))) }
    }
  }
}

/** One after the other. */
export const chain = (...layers: ReadonlyArray<Layer>): Layer => ({
  weights: layers.flatMap((layer) => layer.weights),
  train: (ops, w, x, tape) =>
    through(
      x,
      layers.map((layer) => (input: Tensor) => layer.train(ops, w, input, tape))
    ),
  fold(ops, w) {
    const folded = layers.map((layer) => layer.fold(ops, w))
    return {
      tensors: folded.flatMap((part) => part.tensors),
      run: (x) =>
        through(
          x,
          folded.map((part) => part.run)
        )
    }
  }
})

const through = (x: Tensor, runs: ReadonlyArray<(x: Tensor) => Pass>): Pass => {
  const pulls: Array<Pull> = []
  let output = x
  for (const run of runs) {
    const pass = run(output)
    output = pass.output
    pulls.push(pass.pull)
  }
  const pull: Pull = (dy, wanted) => {
    let gradient: Tensor | null = dy
    for (let i = pulls.length - 1; i >= 0 && gradient !== null; i--) gradient = pulls[i]!(gradient, wanted || i > 0)
    return gradient
  }
  return { output, pull }
}

/** `ReLU(main(x) + shortcut(x))`; without a shortcut, `x` itself (He et al. 2016, eq. 1). */
export const residual = (main: Layer, shortcut?: Layer): Layer => {
  const join = (ops: Ops, long: Pass, short: Pass) => opened(ops, sum(ops, long, short))
  return {
    weights: [...main.weights, ...(shortcut?.weights ?? [])],
    train: (ops, w, x, tape) => join(ops, main.train(ops, w, x, tape), shortcut?.train(ops, w, x, tape) ?? straight(x)),
    fold(ops, w) {
      const [long, short] = [main.fold(ops, w), shortcut?.fold(ops, w)]
      return {
        tensors: [...long.tensors, ...(short?.tensors ?? [])],
        run: (x) => join(ops, long.run(x), short?.run(x) ?? straight(x))
      }
    }
  }
}

/** `x + main(x)`, without an activation (He et al. 2016b, eq. 3). */
export const beside = (main: Layer): Layer => ({
  weights: main.weights,
  train: (ops, w, x, tape) => sum(ops, main.train(ops, w, x, tape), straight(x)),
  fold(ops, w) {
    const { tensors, run } = main.fold(ops, w)
    return { tensors, run: (x) => sum(ops, run(x), straight(x)) }
  }
})

const straight = (x: Tensor): Pass => ({ output: x, pull: (dy) => dy })

const sum = (ops: Ops, long: Pass, short: Pass): Pass => {
  const pull: Pull = (dy, wanted) => {
    const [a, b] = [long.pull(dy, wanted), short.pull(dy, wanted)]
    return a === null || b === null || !wanted ? null : ops.add(a, b)
  }
  return { output: ops.add(long.output, short.output), pull }
}

/** ReLU of a pass. */
const opened = (ops: Ops, of: Pass): Pass => {
  const output = ops.relu(of.output)
  return { output, pull: (dy, wanted) => of.pull(ops.reluGradient(dy, output), wanted) }
}
