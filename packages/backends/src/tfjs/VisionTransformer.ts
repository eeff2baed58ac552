/**
 * A small vision transformer after DeiT (Touvron et al. 2021) for training from scratch: square patches, learnt positions,
 * blocks with a norm before attention and perceptron, and the mean of all tokens instead of one for the class (Zhai et al.
 * 2022, section 3.3). Tokens stay where they lie in the image, so probes and fast heads average them like other maps.
 */
import * as Layers from "./Layers.ts"
import type { Model } from "./Model.ts"
import * as Transformer from "./Transformer.ts"

export interface Config {
  readonly kind: "VisionTransformer"
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly classes: number
  /** Side of a patch, pixels. */
  readonly patch: number
  /** Numbers of a token; `heads` divides it. */
  readonly width: number
  readonly depth: number
  readonly heads: number
}

export const make = (config: Config): Model => {
  const { shape, classes, width, depth, heads } = config
  if (width % heads !== 0)
    throw new Error(`a transformer of width ${width} cannot have ${heads} heads: name a number that divides the width`)
  const names = Array.from({ length: depth }, (_, i) => `block${i + 1}`)
  const block = (name: string) => ({
    name,
    layer: Transformer.block({ name, width, heads, hidden: 2 * width, depth })
  })
  return {
    name: JSON.stringify(config),
    shape,
    classes,
    scale: 1 / 255,
    units: [{ name: "embed", layer: embed(config) }, ...names.map(block), { name: "head", layer: head(config) }]
  }
}

/** Tokens down and across; at the border patches are filled with zeros. */
const grid = ({ shape: [height, width], patch }: Config) =>
  [Math.ceil(height / patch), Math.ceil(width / patch)] as const

const embed = (config: Config) => {
  const { patch, shape, width } = config
  const from = shape[2]
  const deviation = Math.sqrt(1 / (patch * patch * from))
  return Layers.chain(
    Layers.conv({ name: "embed", from, to: width, size: patch, stride: patch, deviation }),
    Transformer.position("embed", [...grid(config), width])
  )
}

const head = (config: Config) =>
  Layers.chain(
    Transformer.norm("head/norm", config.width),
    Layers.averagePool(Math.max(...grid(config))),
    Layers.dense("head", config.width, config.classes)
  )
