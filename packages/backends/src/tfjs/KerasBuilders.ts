/** How each of Keras's layers is read: the pieces it becomes, by its kind. */
import type { Windows } from "./Calls.ts"
import * as KerasConfig from "./KerasConfig.ts"
import * as KerasLayers from "./KerasLayers.ts"
import * as Reading from "./KerasReading.ts"
import * as Layers from "./Layers.ts"
import type { Node } from "./LayersFile.ts"

type Build = (reading: Reading.Reading, node: Node) => void

/** The output is another layer's. */
const pass: Build = (reading, node) => void reading.places.set(node.name, Reading.inputOf(reading, node))

/** A layer without weights that keeps the shape. */
const same =
  (layer: Layers.Layer, rows = false): Build =>
  (reading, node) => {
    const place = Reading.inputOf(reading, node)
    Reading.push(reading, node, { layer, inputs: [place], shape: Reading.shapeAt(reading, place), rows })
  }

/** What `activation: relu` of a layer, or a layer of its own, does to its output. */
const activate = (reading: Reading.Reading, node: Node, name: string, place: number): void => {
  const { shape } = reading.pieces[place] ?? reading
  if (name === "linear" || (name === "softmax" && isLast(reading, node)))
    return void reading.places.set(node.name, place)
  const layer = activations[name]
  if (layer === undefined)
    throw Reading.refuse(
      reading,
      node,
      `with the activation ${name}; supported are linear, relu, relu6 and a softmax at the end`
    )
  Reading.push(reading, node, { layer, inputs: [place], shape })
}

const activations: Readonly<Record<string, Layers.Layer>> = { relu: Layers.relu, relu6: KerasLayers.relu6 }

/** Whether nothing but what lets everything pass comes after. */
const isLast = ({ output, readers }: Reading.Reading, { name }: Node): boolean =>
  name === output || readers.get(name)!.every(({ kind, name: after }) => passing.includes(kind) && after === output)

/** A convolution, with the batch norm and the ReLU behind it where nobody else reads what is between. */
const convolution = (reading: Reading.Reading, node: Node, of: Convolved): void => {
  const own = KerasConfig.activation(node.config)
  const norm = own === "linear" ? Reading.next(reading, node, ({ kind }) => kind === "BatchNormalization") : undefined
  if (norm === undefined) {
    const place = Reading.push(reading, node, { ...of, layer: of.plain, kernel: true, parts: of.parts })
    return activate(reading, node, own, place)
  }
  const after = Reading.next(reading, norm, (reader) => activationOf(reader) === "relu")
  const place = Reading.push(reading, node, {
    ...of,
    layer: of.normed(after !== undefined),
    kernel: true,
    parts: [...of.parts, ...normParts(norm, node.name, of.shape.at(-1)!)]
  })
  reading.places.set(norm.name, place)
  if (after !== undefined) reading.places.set(after.name, place)
}

interface Convolved {
  readonly inputs: ReadonlyArray<number>
  readonly shape: ReadonlyArray<number>
  readonly parts: ReadonlyArray<Reading.Part>
  readonly plain: Layers.Layer
  readonly normed: (relu: boolean) => Layers.Layer
}

const activationOf = ({ kind, config }: Node): string | undefined => {
  if (kind === "Activation") return KerasConfig.activation(config)
  return kind === "ReLU" ? KerasConfig.relu(config) : undefined
}

const normParts = ({ name, config }: Node, ours: string, channels: number): ReadonlyArray<Reading.Part> => {
  const shape = [channels]
  const epsilon = KerasConfig.number(config.epsilon, 1e-3)
  return [
    ...(config.scale === false ? [] : [{ ours: `${ours}/scale`, theirs: `${name}/gamma`, shape }]),
    ...(config.center === false ? [] : [{ ours: `${ours}/offset`, theirs: `${name}/beta`, shape }]),
    { ours: `${ours}/mean`, theirs: `${name}/moving_mean`, shape },
    { ours: `${ours}/variance`, theirs: `${name}/moving_variance`, shape, epsilon }
  ]
}

/** Height and width after windows have gone over maps. */
const places = (
  reading: Reading.Reading,
  node: Node,
  size: readonly [number, number],
  { stride, padding }: KerasConfig.Windows
) => {
  const [height, width] = Reading.mapsAt(reading, node)
  const count = (length: number, window: number) =>
    Math.ceil((padding === "SAME" ? length : length - window + 1) / stride)
  const [down, across] = [count(height, size[0]), count(width, size[1])]
  if (down < 1 || across < 1)
    throw Reading.refuse(reading, node, `whose windows do not fit in ${height} x ${width} places`)
  return [down, across] as const
}

const checked = <A>(reading: Reading.Reading, node: Node, of: A | string): A => {
  if (typeof of === "string") throw Reading.refuse(reading, node, of)
  return of
}

const conv: Build = (reading, node) => {
  const { name, config } = node
  const stride = checked(reading, node, KerasConfig.windows(config))
  const size = KerasConfig.pair(config.kernel_size, 1)
  const [, , from] = Reading.mapsAt(reading, node)
  const to = KerasConfig.number(config.filters, 0)
  const bias = config.use_bias !== false
  const options = { name, from, to, size, stride }
  convolution(reading, node, {
    inputs: [Reading.inputOf(reading, node)],
    shape: [...places(reading, node, size, stride), to],
    parts: weightParts(name, "kernel", [...size, from, to], bias, to),
    plain: Layers.conv(options),
    normed: (relu) => Layers.convNorm({ ...options, relu, bias })
  })
}

const depthwise: Build = (reading, node) => {
  const { name, config } = node
  const stride = checked(reading, node, KerasConfig.windows(config))
  if (KerasConfig.number(config.depth_multiplier, 1) !== 1)
    throw Reading.refuse(reading, node, "with a depth multiplier; supported is 1")
  const size = KerasConfig.pair(config.kernel_size, 1)
  const [, , channels] = Reading.mapsAt(reading, node)
  const bias = config.use_bias !== false
  const options = { name, channels, size, stride }
  convolution(reading, node, {
    inputs: [Reading.inputOf(reading, node)],
    shape: [...places(reading, node, size, stride), channels],
    parts: weightParts(name, "depthwise_kernel", [...size, channels, 1], bias, channels),
    plain: Layers.depthwiseConv(options),
    normed: (relu) => Layers.depthwiseNorm({ ...options, relu, bias })
  })
}

const weightParts = (
  name: string,
  kernel: string,
  shape: ReadonlyArray<number>,
  bias: boolean,
  to: number
): ReadonlyArray<Reading.Part> => [
  { ours: `${name}/kernel`, theirs: `${name}/${kernel}`, shape },
  ...(bias ? [{ ours: `${name}/bias`, theirs: `${name}/bias`, shape: [to] }] : [])
]

/** Filters of each channel, without a bias, then a convolution of 1 x 1. */
const separable: Build = (reading, node) => {
  const { name, config } = node
  const stride = checked(reading, node, KerasConfig.windows(config))
  if (KerasConfig.number(config.depth_multiplier, 1) !== 1)
    throw Reading.refuse(reading, node, "with a depth multiplier; supported is 1")
  const size = KerasConfig.pair(config.kernel_size, 1)
  const [, , from] = Reading.mapsAt(reading, node)
  const to = KerasConfig.number(config.filters, 0)
  const bias = config.use_bias !== false
  const maps = places(reading, node, size, stride)
  const depth = Reading.push(
    reading,
    node,
    {
      layer: Layers.depthwiseConv({ name: `${name}/depth`, channels: from, size, stride }),
      inputs: [Reading.inputOf(reading, node)],
      kernel: true,
      shape: [...maps, from],
      parts: [{ ours: `${name}/depth/kernel`, theirs: `${name}/depthwise_kernel`, shape: [...size, from, 1] }]
    },
    `${name}/depth`
  )
  const options = { name, from, to, size: 1 }
  convolution(reading, node, {
    inputs: [depth],
    shape: [...maps, to],
    parts: weightParts(name, "pointwise_kernel", [1, 1, from, to], bias, to),
    plain: Layers.conv(options),
    normed: (relu) => Layers.convNorm({ ...options, relu, bias })
  })
}

const dense: Build = (reading, node) => {
  const { name, config } = node
  const place = Reading.inputOf(reading, node)
  const [from, ...rest] = Reading.shapeAt(reading, place)
  if (from === undefined || rest.length > 0) throw Reading.refuse(reading, node, "which reads maps; it can read rows")
  const to = KerasConfig.number(config.units, 0)
  const parts = weightParts(name, "kernel", [from, to], config.use_bias !== false, to)
  const own = Reading.push(reading, node, {
    layer: Layers.dense(name, from, to),
    inputs: [place],
    shape: [to],
    kernel: true,
    parts
  })
  reading.heads.set(name, { name, from, to })
  activate(reading, node, KerasConfig.activation(config), own)
}

const norm: Build = (reading, node) => {
  const place = Reading.inputOf(reading, node)
  const shape = Reading.shapeAt(reading, place)
  const channels = shape.at(-1)!
  const layer = KerasLayers.batchNorm(node.name, channels)
  Reading.push(reading, node, { layer, inputs: [place], shape, parts: normParts(node, node.name, channels) })
}

const pool =
  (layer: (size: Windows) => Layers.Layer): Build =>
  (reading, node) => {
    const size = KerasConfig.pair(node.config.pool_size, 2)
    if (size[0] !== size[1])
      throw Reading.refuse(reading, node, "with windows that are no squares; supported are squares")
    const stride = checked(reading, node, KerasConfig.windows({ ...node.config, strides: node.config.strides ?? size }))
    const [, , channels] = Reading.mapsAt(reading, node)
    const shape = [...places(reading, node, size, stride), channels]
    Reading.push(reading, node, {
      layer: layer({ ...stride, size: size[0] }),
      inputs: [Reading.inputOf(reading, node)],
      shape
    })
  }

/** Over all places, to a row. */
const whole =
  (layer: (size: Windows) => Layers.Layer): Build =>
  (reading, node) => {
    if (node.config.keepdims === true)
      throw Reading.refuse(reading, node, "which keeps its dimensions; supported is keepdims false")
    const [height, width, channels] = Reading.mapsAt(reading, node)
    const all = layer(Math.max(height, width))
    const chained = Layers.chain(all, KerasLayers.flatten)
    Reading.push(reading, node, {
      layer: chained,
      inputs: [Reading.inputOf(reading, node)],
      shape: [channels],
      rows: true
    })
  }

const flatten: Build = (reading, node) => {
  const place = Reading.inputOf(reading, node)
  const shape = Reading.shapeAt(reading, place)
  if (shape.length === 1) return pass(reading, node)
  const length = shape.reduce((product, side) => product * side, 1)
  Reading.push(reading, node, { layer: KerasLayers.flatten, inputs: [place], shape: [length], rows: true })
}

const add: Build = (reading, node) => {
  const inputs = node.inputs.map((name) => reading.places.get(name)!)
  const shapes = new Set(inputs.map((place) => Reading.shapeAt(reading, place).join(" x ")))
  if (shapes.size !== 1)
    throw Reading.refuse(reading, node, `which adds ${[...shapes].join(" and ")}; supported are equal shapes`)
  Reading.push(reading, node, { layer: undefined, inputs, shape: Reading.shapeAt(reading, inputs[0]!) })
}

const pad: Build = (reading, node) => {
  const border = KerasConfig.border(node.config.padding)
  const [height, width, channels] = Reading.mapsAt(reading, node)
  const [top, left, bottom, right] = border
  const shape = [height + top + bottom, width + left + right, channels]
  Reading.push(reading, node, { layer: KerasLayers.pad(border), inputs: [Reading.inputOf(reading, node)], shape })
}

const rescaling: Build = (reading, node) => {
  const { scale, offset } = node.config
  same(KerasLayers.rescale(KerasConfig.number(scale, 1), KerasConfig.number(offset, 0)))(reading, node)
}

const activation: Build = (reading, node) => {
  const name = activationOf(node)
  if (name === undefined)
    throw Reading.refuse(reading, node, "with a slope, a threshold or a limit; supported are none, and a limit of 6")
  activate(reading, node, name, Reading.inputOf(reading, node))
}

/** Layers that let everything pass when a model answers. */
export const passing: ReadonlyArray<string> = ["Dropout", "SpatialDropout2D"]

export const builders: Readonly<Record<string, Build>> = {
  InputLayer: pass,
  Conv2D: conv,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Dense: dense,
  BatchNormalization: norm,
  Activation: activation,
  ReLU: activation,
  Softmax: (reading, node) => activate(reading, node, "softmax", Reading.inputOf(reading, node)),
  MaxPooling2D: pool(Layers.maxPool),
  AveragePooling2D: pool(Layers.averagePool),
  GlobalAveragePooling2D: whole(Layers.averagePool),
  GlobalMaxPooling2D: whole(Layers.maxPool),
  Flatten: flatten,
  Dropout: pass,
  SpatialDropout2D: pass,
  Add: add,
  ZeroPadding2D: pad,
  Rescaling: rescaling
}

export const supported = Object.keys(builders).join(", ")
