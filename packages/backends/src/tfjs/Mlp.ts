/** A multilayer perceptron for features and bags of words: dense layers with ReLU, then a head. Images become rows. */
import * as Layers from "./Layers.ts"
import type { Model } from "./Model.ts"

export interface Config {
  readonly kind: "Mlp"
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly classes: number
  /** Neurons of each hidden layer; none makes it a softmax regression. */
  readonly widths: ReadonlyArray<number>
}

export const make = (config: Config): Model => {
  const { shape, classes, widths } = config
  const [height, width, channels] = shape
  const sizes = [height * width * channels, ...widths]
  const units = widths.map((to, i) => {
    const name = `layer${i + 1}`
    return { name, layer: Layers.chain(Layers.dense(name, sizes[i]!, to), Layers.relu) }
  })
  const head = { name: "head", layer: Layers.dense("head", sizes.at(-1)!, classes) }
  return { name: JSON.stringify(config), shape, classes, scale: 1 / 255, units: [...units, head] }
}
