/** The net of the benchmarks: six 3x3 convolutions 32-32-64-64-128-128 with batch norm and ReLU, 2x2 max pooling after each pair. */
import * as Layers from "./Layers.ts"
import type { Model } from "./Model.ts"

export interface Config {
  readonly kind: "SixConv"
  readonly classes: number
}

export const widths: ReadonlyArray<number> = [32, 32, 64, 64, 128, 128]

export const make = (config: Config): Model => {
  const units = widths.map((to, i) => {
    const name = `block${i + 1}`
    const from = widths[i - 1] ?? 3
    const pooled = Layers.chain(Layers.convNorm({ name, from, to }), Layers.maxPool(2), Layers.relu)
    return { name, layer: i % 2 === 1 ? pooled : Layers.convNorm({ name, from, to, relu: true }) }
  })
  const head = Layers.chain(Layers.averagePool(4), Layers.dense("head", widths.at(-1)!, config.classes))
  return {
    name: JSON.stringify(config),
    shape: [32, 32, 3],
    classes: config.classes,
    scale: 1 / 255,
    units: [...units, { name: "head", layer: head }]
  }
}
