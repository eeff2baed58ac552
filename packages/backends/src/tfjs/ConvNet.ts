/** A small convolutional net for images: blocks of convolution, batch norm, ReLU and 2x2 max pooling, then a head. */
import * as Layers from "./Layers.ts"
import type { Model } from "./Model.ts"

export interface Config {
  readonly kind: "ConvNet"
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly classes: number
  /** Channels of each block. */
  readonly widths: ReadonlyArray<number>
}

export const make = (config: Config): Model => {
  const { shape, classes, widths } = config
  const [height, width, channels] = shape
  const units = widths.map((to, i) => {
    const name = `block${i + 1}`
    const from = widths[i - 1] ?? channels
    const layer = Layers.chain(Layers.convNorm({ name, from, to }), Layers.maxPool(2), Layers.relu)
    return { name, layer }
  })
  const left = (length: number) => widths.reduce((size) => Math.ceil(size / 2), length)
  const features = grid(left(height), left(width)) * (widths.at(-1) ?? channels)
  const pooled = Layers.averagePool(pool(left(height), left(width)))
  const head = Layers.chain(pooled, Layers.dense("head", features, classes))
  return {
    name: JSON.stringify(config),
    shape,
    classes,
    scale: 1 / 255,
    units: [...units, { name: "head", layer: head }]
  }
}

/** Side of the squares that the last maps are averaged over: half the shorter side, so that a 2x2 grid remains. */
const pool = (height: number, width: number): number => Math.max(1, Math.floor(Math.min(height, width) / 2))

const grid = (height: number, width: number): number =>
  Math.ceil(height / pool(height, width)) * Math.ceil(width / pool(height, width))
