/** ResNet-8 for 32x32 images, as in MLPerf Tiny, and its pre-trained weights from the Keras file. */
import * as KerasFile from "./KerasFile.ts"
import * as Layers from "./Layers.ts"
import type { Model } from "./Model.ts"
import type * as Weights from "./Weights.ts"

export interface Config {
  readonly kind: "ResNet8"
  readonly classes: number
}

export const make = (config: Config): Model => ({
  name: JSON.stringify(config),
  shape: [32, 32, 3],
  classes: config.classes,
  scale: 1, // this net takes bytes as they are
  units: [
    { name: "stem", layer: Layers.convNorm({ name: "stem", from: 3, to: 16, relu: true, bias: true }) },
    stack("stack1", 16, 16, 1),
    stack("stack2", 16, 32, 2),
    stack("stack3", 32, 64, 2),
    { name: "head", layer: Layers.chain(Layers.averagePool(8), Layers.dense("head", 64, config.classes)) }
  ]
})

/** Two convolutions beside a shortcut, which is a 1x1 convolution without batch norm where the size changes. */
const stack = (name: string, from: number, to: number, stride: number) => ({
  name,
  layer: Layers.residual(
    Layers.chain(
      Layers.convNorm({ name: `${name}/a`, from, to, stride, relu: true, bias: true }),
      Layers.convNorm({ name: `${name}/b`, from: to, to, bias: true })
    ),
    stride === 1 ? undefined : Layers.conv({ name: `${name}/shortcut`, from, to, size: 1, stride })
  )
})

/** Our names for the layers of the file: convolution, batch norm. */
const layers: ReadonlyArray<readonly [ours: string, conv: string, norm?: string]> = [
  ["stem", "conv2d", "batch_normalization"],
  ["stack1/a", "conv2d_1", "batch_normalization_1"],
  ["stack1/b", "conv2d_2", "batch_normalization_2"],
  ["stack2/a", "conv2d_3", "batch_normalization_3"],
  ["stack2/b", "conv2d_4", "batch_normalization_4"],
  ["stack2/shortcut", "conv2d_5"],
  ["stack3/a", "conv2d_6", "batch_normalization_5"],
  ["stack3/b", "conv2d_7", "batch_normalization_6"],
  ["stack3/shortcut", "conv2d_8"],
  ["head", "dense"]
]

const parts = { gamma: "scale", beta: "offset", moving_mean: "mean", moving_variance: "variance" } as const

/** The pre-trained weights under our names, the head for CIFAR-10 included. `index` is the byte index of the `.h5`. */
export const pretrained = (index: string): Weights.Arrays => {
  const file = KerasFile.read(index)
  const named = (ours: string, layer: string, names: ReadonlyArray<readonly [string, string]>) =>
    names.map(([part, own]) => [`${ours}/${own}`, KerasFile.weight(file, layer, part)] as const)
  return new Map(
    layers.flatMap(([ours, conv, norm]) => [
      ...named(ours, conv, [
        ["kernel", "kernel"],
        ["bias", "bias"]
      ]),
      ...(norm === undefined ? [] : named(ours, norm, Object.entries(parts)))
    ])
  )
}

/** Without the head, which then starts anew for classes of its own. */
export const body = (index: string): Weights.Arrays =>
  new Map([...pretrained(index)].filter(([name]) => !name.startsWith("head/")))
