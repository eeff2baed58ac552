/**
 * MobileNetV1 (Howard et al. 2017, table 1) at a quarter of its width for 96x96 images, as in MLPerf Tiny, and its
 * weights pre-trained on Visual Wake Words from the Keras file.
 */
import * as KerasFile from "./KerasFile.ts"
import * as Layers from "./Layers.ts"
import type { Model, Unit } from "./Model.ts"
import type * as Weights from "./Weights.ts"

export interface Config {
  readonly kind: "MobileNetV1"
  readonly classes: number
  /** Images come this many times smaller and are enlarged first, without a gradient. */
  readonly enlarge?: number
}

/** Pixels down and across. */
export const side = 96

const first = 8

/** Channels and stride of each depthwise separable block, by unit: one unit for each size of the maps, two for the six in the middle. */
const blocks: ReadonlyArray<readonly [unit: string, ...blocks: ReadonlyArray<readonly [to: number, stride: number]>]> =
  [
    ["stem", [16, 1]],
    ["maps24", [32, 2], [32, 1]],
    ["maps12", [64, 2], [64, 1]],
    ["maps6", [128, 2], [128, 1], [128, 1]],
    ["deep6", [128, 1], [128, 1], [128, 1]],
    ["maps3", [256, 2], [256, 1]]
  ]

export const make = (config: Config): Model => ({
  name: JSON.stringify(config),
  shape: [side / (config.enlarge ?? 1), side / (config.enlarge ?? 1), 3],
  classes: config.classes,
  scale: 1 / 255,
  units: [...body(config.enlarge ?? 1), { name: "head", layer: head(config.classes) }]
})

const body = (enlarge: number): ReadonlyArray<Unit> => {
  let [from, index] = [first, 0]
  const begin = enlarge === 1 ? stem : Layers.prepared((ops, x) => ops.enlarge(x, enlarge), stem)
  return blocks.map(([name, ...inside]) => {
    const layers = inside.map(([to, stride]) => {
      const layer = separable(++index, from, to, stride)
      from = to
      return layer
    })
    return { name, layer: name === "stem" ? Layers.chain(begin, ...layers) : Layers.chain(...layers) }
  })
}

const stem = Layers.convNorm({ name: "stem", from: 3, to: first, stride: 2, relu: true })

/** A filter for each channel, then a 1x1 convolution that mixes them. */
const separable = (index: number, from: number, to: number, stride: number) =>
  Layers.chain(
    Layers.depthwiseNorm({ name: `block${index}/depth`, channels: from, stride }),
    Layers.convNorm({ name: `block${index}/point`, from, to, size: 1, relu: true })
  )

const head = (classes: number) => Layers.chain(Layers.averagePool(3), Layers.dense("head", 256, classes))

/** How much smaller images of a shape are; undefined where they do not fit. */
export const fit = ([height, width, channels]: Model["shape"]): number | undefined =>
  height === width && channels === 3 && side % height === 0 ? side / height : undefined

/** Our names of the convolutions and the names in the file, which numbers each kind on its own. */
type Named = readonly [ours: string, conv: string, kernel: string, norm: string]

const layers: ReadonlyArray<Named> = [
  ["stem", "conv2d", "kernel", "batch_normalization"],
  ...Array.from({ length: 13 }, (_, i) => i + 1).flatMap((i): ReadonlyArray<Named> => {
    const depth = i === 1 ? "depthwise_conv2d" : `depthwise_conv2d_${i - 1}`
    return [
      [`block${i}/depth`, depth, "depthwise_kernel", `batch_normalization_${2 * i - 1}`],
      [`block${i}/point`, `conv2d_${i}`, "kernel", `batch_normalization_${2 * i}`]
    ]
  })
]

/** The pre-trained weights under our names, the head for "person or not" included. `index` is the byte index of the `.h5`. */
export const pretrained = (index: string): Weights.Arrays => {
  const file = KerasFile.read(index)
  const dense = (["kernel", "bias"] as const).map(
    (part) => [`head/${part}`, KerasFile.weight(file, "dense", part)] as const
  )
  return new Map([...layers.flatMap((layer) => normed(file, layer)), ...dense])
}

const parts = [
  ["scale", "gamma"],
  ["offset", "beta"],
  ["variance", "moving_variance"]
] as const

/** The file's convolutions have a bias before the batch norm, which only shifts its mean: here it is taken off that mean. */
const normed = (
  file: KerasFile.KerasFile,
  [ours, conv, kernel, norm]: Named
): ReadonlyArray<readonly [string, Weights.Values]> => {
  const mean = KerasFile.weight(file, norm, "moving_mean")
  const bias = KerasFile.weight(file, conv, "bias").values
  return [
    [`${ours}/kernel`, KerasFile.weight(file, conv, kernel)],
    [`${ours}/mean`, { ...mean, values: mean.values.map((value, i) => value - bias[i]!) }],
    ...parts.map(([own, part]) => [`${ours}/${own}`, KerasFile.weight(file, norm, part)] as const)
  ]
}
