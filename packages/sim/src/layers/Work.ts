/** What a training step asks of a machine, layer by layer: multiply-adds by kind, bytes moved, kernel calls. */
import type { Layer, Network } from "./Layer.ts"

/** A training step: samples in the minibatch, leading units that are frozen. */
export interface Step {
  readonly batch: number
  readonly depth: number
}

export const passes = ["forward", "backward", "optimiser"] as const
export type Pass = (typeof passes)[number]

/**
 * Quantities of work. Of convolutions the multiply-adds of outputs, of gradients by input and by weights; of all others
 * bytes read and written. `steps` is 1 for a step as a whole, which no layer has.
 */
export const quantities = [
  "conv",
  "convInput",
  "convWeights",
  "depthwise",
  "depthwiseInput",
  "depthwiseWeights",
  "dense",
  "moved",
  "norm",
  "plain",
  "prepared",
  "numbers",
  "convCalls",
  "normCalls",
  "calls",
  "steps"
] as const
export type Quantity = (typeof quantities)[number]
export type Work = Readonly<Partial<Record<Quantity, number>>>

export const ofLayer = (layer: Layer, pass: Pass, step: Step): Work => {
  if (layer.kind === "input") return pass === "forward" ? { prepared: step.batch * layer.outputBytes } : {}
  if (pass === "forward") return forward(layer, step)
  if (layer.unit < step.depth) return {}
  return pass === "backward" ? backward(layer, step) : { calls: layer.launches.optimiser, numbers: layer.weights }
}

const forward = (layer: Layer, { batch, depth }: Step): Work => {
  const isFrozen = layer.unit < depth
  const launches = isFrozen ? layer.launches.frozen : layer.launches.forward
  if (launches === 0) return {}
  // All that is left of a frozen batch norm is its activation.
  const run: Layer = isFrozen && layer.kind === "norm" ? { ...layer, kind: "activation", weightBytes: 0 } : layer
  return add(once(run, batch * sweeps(run, launches), ""), called(run, launches))
}

const backward = (layer: Layer, { batch, depth }: Step): Work => {
  const isLast = layer.entry && layer.unit === depth
  const [input, weights] = [isLast ? 0 : layer.launches.inputGradient, layer.launches.weightGradient]
  return [
    ...(input === 0 ? [] : [once(layer, batch * sweeps(layer, input), "Input")]),
    ...(weights === 0 ? [] : [once(layer, batch * sweeps(layer, weights), "Weights")]),
    called(layer, input),
    called(layer, weights)
  ].reduce(add, {})
}

/** Kernels of convolutions and batch norms cost more to call than others, which add a bias to a convolution. */
const called = ({ kind }: Layer, count: number): Work => {
  if (count === 0) return {}
  if (kind === "conv" || kind === "depthwise") return { convCalls: 1, calls: count - 1 }
  return kind === "norm" ? { normCalls: count } : { calls: count }
}

/** How often the kernels of a pass go over all they read. Attention has two products forward and four backward. */
const sweeps = ({ kind, launches }: Layer, count: number): number => {
  if (kind === "attention") return count > launches.forward ? 2 : 1
  return kind === "norm" || kind === "layerNorm" || kind === "activation" ? count : 1
}

/** One kernel over a batch. A gradient reads and writes as much as the forward pass, and calculates as much. */
const once = (layer: Layer, batch: number, of: "" | "Input" | "Weights"): Work => {
  const bytes = batch * (layer.inputBytes + layer.outputBytes) + layer.weightBytes
  const macs = batch * layer.macs
  if (layer.kind === "conv" || layer.kind === "depthwise") return { [`${layer.kind}${of}`]: macs, moved: bytes }
  if (layer.kind === "dense" || layer.kind === "attention") return { dense: macs, moved: bytes }
  return layer.kind === "norm" ? { norm: bytes } : { plain: bytes }
}

export const add = (a: Work, b: Work): Work => {
  const sum: Partial<Record<Quantity, number>> = { ...a }
  for (const name of quantities) if (b[name] !== undefined) sum[name] = (sum[name] ?? 0) + b[name]
  return sum
}

/** Of a whole step. */
export const total = (network: Network, pass: Pass, step: Step): Work =>
  network.layers.map((layer) => ofLayer(layer, pass, step)).reduce(add, { steps: 1 })
