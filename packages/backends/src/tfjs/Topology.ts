/** What a LayersModel is made of, in our layers: each of Keras's becomes one or more pieces, in an order of computation. */
import type { Windows } from "./Calls.ts"
import * as KerasConfig from "./KerasConfig.ts"
import * as KerasLayers from "./KerasLayers.ts"
import * as Layers from "./Layers.ts"
import type { LayersFile, Node } from "./LayersFile.ts"
import { problem } from "./LayersFile.ts"

/** A weight by our name and by the file's. */
export interface Part {
  readonly ours: string
  readonly theirs: string
  readonly shape: ReadonlyArray<number>
  /** Of a variance: what the file's batch norm adds to it. */
  readonly epsilon?: number
}

export interface Piece extends KerasLayers.Piece {
  readonly name: string
  /** Whether it has a kernel. */
  readonly kernel: boolean
  /** Whether it turns maps into rows. */
  readonly rows: boolean
  readonly parts: ReadonlyArray<Part>
  /** Of one sample: height, width, channels of maps, or the length of a row. */
  readonly shape: ReadonlyArray<number>
}

export interface Topology {
  readonly pieces: ReadonlyArray<Piece>
  /** The layer at the end, and the lengths of its input and output. */
  readonly head: { readonly name: string; readonly from: number; readonly to: number }
  /** Whether it begins by rescaling. */
  readonly rescales: boolean
  readonly dropouts: number
}

/** Throws an `Error` of one sentence that names the layer which is not supported. */
export const read = (file: LayersFile, shape: ReadonlyArray<number>): Topology => {
  const nodes = inOrder(file)
  const reading = start(file, nodes, shape)
  for (const node of nodes) {
    if (reading.places.has(node.name)) continue // part of the one before
    const build = builders[node.kind]
    if (build === undefined) throw refuse(reading, node, `which is not supported; supported are ${supported}`)
    build(reading, node)
  }
  const last = reading.pieces.at(-1)
  const head = reading.heads.get(last?.name ?? "")
  if (head === undefined)
    throw problem(file.path, `ends with ${last?.name ?? "nothing"}; supported are models that end with a Dense layer`)
  const inner = nodes.filter(({ kind }) => kind !== "InputLayer")
  return {
    pieces: reading.pieces,
    head,
    rescales: inner[0]?.kind === "Rescaling",
    dropouts: nodes.filter(({ kind }) => passing.includes(kind)).length
  }
}

/** The layers on the way to the output, each after those that it reads. */
const inOrder = ({ path, nodes, output }: LayersFile): ReadonlyArray<Node> => {
  const known = new Map(nodes.map((node) => [node.name, node]))
  const order = new Map<string, Node>()
  const visit = (name: string) => {
    const node = known.get(name)
    if (node === undefined) throw problem(path, `links to a layer "${name}" that it lacks; save it again`)
    if (order.has(name)) return
    node.inputs.forEach(visit)
    order.set(name, node)
  }
  visit(output)
  return [...order.values()]
}

/** What is known while layers are read one after the other. */
interface Reading {
  readonly path: string
  readonly output: string
  readonly shape: ReadonlyArray<number>
  readonly readers: ReadonlyMap<string, ReadonlyArray<Node>>
  readonly pieces: Array<Piece>
  /** The piece that gives a layer's output; -1 is the sample. */
  readonly places: Map<string, number>
  readonly heads: Map<string, Topology["head"]>
}

const start = (file: LayersFile, nodes: ReadonlyArray<Node>, shape: ReadonlyArray<number>): Reading => {
  const readers = new Map(nodes.map(({ name }) => [name, nodes.filter(({ inputs }) => inputs.includes(name))]))
  const { path, output } = file
  const reading = { path, output, shape, readers, pieces: [], places: new Map(), heads: new Map() }
  const first = nodes.find(({ inputs }) => inputs.length === 0)!
  const wanted = KerasConfig.inputShape(first)
  if (wanted.length === 1 && shape.length === 3) {
    const length = shape.reduce((product, side) => product * side, 1)
    if (wanted[0] !== null && wanted[0] !== length) throw misfit(reading, wanted)
    push(
      reading,
      first,
      { layer: KerasLayers.flatten, inputs: [-1], rows: true, shape: [length] },
      `${first.name}/rows`
    )
  } else if (wanted.some((side, i) => side !== null && side !== shape[i])) throw misfit(reading, wanted)
  return reading
}

const misfit = ({ path, shape }: Reading, wanted: ReadonlyArray<number | null>) =>
  problem(
    path,
    `takes ${wanted.map((side) => side ?? "any").join(" x ")} and the stream gives ${shape.join(" x ")}; choose another model or stream`
  )

const refuse = ({ path }: Reading, { name, kind }: Node, what: string) =>
  problem(path, `has the layer "${name}" (${kind}), ${what}`)

type Build = (reading: Reading, node: Node) => void

/** Puts a piece at the end; `name` is that of a layer whose output it gives. */
const push = (
  { pieces, places }: Reading,
  node: Node,
  piece: Pick<Piece, "layer" | "inputs" | "shape"> & Partial<Piece>,
  name = node.name
): number => {
  pieces.push({ name, kernel: false, rows: false, parts: [], ...piece })
  places.set(name, pieces.length - 1)
  return pieces.length - 1
}

/** What a layer reads: the sample, or what stands for it, when nothing is named. */
const inputOf = ({ places, pieces }: Reading, node: Node): number =>
  node.inputs.length === 0 ? (pieces[0]?.rows === true && pieces.length === 1 ? 0 : -1) : places.get(node.inputs[0]!)!

const shapeAt = ({ pieces, shape }: Reading, place: number) => (place < 0 ? shape : pieces[place]!.shape)

const mapsAt = (reading: Reading, node: Node): readonly [number, number, number] => {
  const [height, width, channels] = shapeAt(reading, inputOf(reading, node))
  if (height === undefined || width === undefined || channels === undefined)
    throw refuse(reading, node, "which reads rows; it can read maps")
  return [height, width, channels]
}

/** The only layer that reads another, if it is of a kind. */
const next = ({ readers, output }: Reading, { name }: Node, fits: (node: Node) => boolean): Node | undefined => {
  const own = readers.get(name)!
  return own.length === 1 && name !== output && fits(own[0]!) ? own[0] : undefined
}

/** The output is another layer's. */
const pass: Build = (reading, node) => void reading.places.set(node.name, inputOf(reading, node))

/** A layer without weights that keeps the shape. */
const same =
  (layer: Layers.Layer, rows = false): Build =>
  (reading, node) => {
    const place = inputOf(reading, node)
    push(reading, node, { layer, inputs: [place], shape: shapeAt(reading, place), rows })
  }

/** What `activation: relu` of a layer, or a layer of its own, does to its output. */
const activate = (reading: Reading, node: Node, name: string, place: number): void => {
  const { shape } = reading.pieces[place] ?? reading
  if (name === "linear" || (name === "softmax" && isLast(reading, node)))
    return void reading.places.set(node.name, place)
  const layer = activations[name]
  if (layer === undefined)
    throw refuse(
      reading,
      node,
      `with the activation ${name}; supported are linear, relu, relu6 and a softmax at the end`
    )
  push(reading, node, { layer, inputs: [place], shape })
}

const activations: Readonly<Record<string, Layers.Layer>> = { relu: Layers.relu, relu6: KerasLayers.relu6 }

/** Whether nothing but what lets everything pass comes after. */
const isLast = ({ output, readers }: Reading, { name }: Node): boolean =>
  name === output || readers.get(name)!.every(({ kind, name: after }) => passing.includes(kind) && after === output)

/** A convolution, with the batch norm and the ReLU behind it where nobody else reads what is between. */
const convolution = (reading: Reading, node: Node, of: Convolved): void => {
  const own = KerasConfig.activation(node.config)
  const norm = own === "linear" ? next(reading, node, ({ kind }) => kind === "BatchNormalization") : undefined
  if (norm === undefined) {
    const place = push(reading, node, { ...of, layer: of.plain, kernel: true, parts: of.parts })
    return activate(reading, node, own, place)
  }
  const after = next(reading, norm, (reader) => activationOf(reader) === "relu")
  const place = push(reading, node, {
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
  readonly parts: ReadonlyArray<Part>
  readonly plain: Layers.Layer
  readonly normed: (relu: boolean) => Layers.Layer
}

const activationOf = ({ kind, config }: Node): string | undefined => {
  if (kind === "Activation") return KerasConfig.activation(config)
  return kind === "ReLU" ? KerasConfig.relu(config) : undefined
}

const normParts = ({ name, config }: Node, ours: string, channels: number): ReadonlyArray<Part> => {
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
  reading: Reading,
  node: Node,
  size: readonly [number, number],
  { stride, padding }: KerasConfig.Windows
) => {
  const [height, width] = mapsAt(reading, node)
  const count = (length: number, window: number) =>
    Math.ceil((padding === "SAME" ? length : length - window + 1) / stride)
  const [down, across] = [count(height, size[0]), count(width, size[1])]
  if (down < 1 || across < 1) throw refuse(reading, node, `whose windows do not fit in ${height} x ${width} places`)
  return [down, across] as const
}

const checked = <A>(reading: Reading, node: Node, of: A | string): A => {
  if (typeof of === "string") throw refuse(reading, node, of)
  return of
}

const conv: Build = (reading, node) => {
  const { name, config } = node
  const stride = checked(reading, node, KerasConfig.windows(config))
  const size = KerasConfig.pair(config.kernel_size, 1)
  const [, , from] = mapsAt(reading, node)
  const to = KerasConfig.number(config.filters, 0)
  const bias = config.use_bias !== false
  const options = { name, from, to, size, stride }
  convolution(reading, node, {
    inputs: [inputOf(reading, node)],
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
    throw refuse(reading, node, "with a depth multiplier; supported is 1")
  const size = KerasConfig.pair(config.kernel_size, 1)
  const [, , channels] = mapsAt(reading, node)
  const bias = config.use_bias !== false
  const options = { name, channels, size, stride }
  convolution(reading, node, {
    inputs: [inputOf(reading, node)],
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
): ReadonlyArray<Part> => [
  { ours: `${name}/kernel`, theirs: `${name}/${kernel}`, shape },
  ...(bias ? [{ ours: `${name}/bias`, theirs: `${name}/bias`, shape: [to] }] : [])
]

/** Filters of each channel, without a bias, then a convolution of 1 x 1. */
const separable: Build = (reading, node) => {
  const { name, config } = node
  const stride = checked(reading, node, KerasConfig.windows(config))
  if (KerasConfig.number(config.depth_multiplier, 1) !== 1)
    throw refuse(reading, node, "with a depth multiplier; supported is 1")
  const size = KerasConfig.pair(config.kernel_size, 1)
  const [, , from] = mapsAt(reading, node)
  const to = KerasConfig.number(config.filters, 0)
  const bias = config.use_bias !== false
  const maps = places(reading, node, size, stride)
  const depth = push(
    reading,
    node,
    {
      layer: Layers.depthwiseConv({ name: `${name}/depth`, channels: from, size, stride }),
      inputs: [inputOf(reading, node)],
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
  const place = inputOf(reading, node)
  const [from, ...rest] = shapeAt(reading, place)
  if (from === undefined || rest.length > 0) throw refuse(reading, node, "which reads maps; it can read rows")
  const to = KerasConfig.number(config.units, 0)
  const parts = weightParts(name, "kernel", [from, to], config.use_bias !== false, to)
  const own = push(reading, node, {
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
  const place = inputOf(reading, node)
  const shape = shapeAt(reading, place)
  const channels = shape.at(-1)!
  const layer = KerasLayers.batchNorm(node.name, channels)
  push(reading, node, { layer, inputs: [place], shape, parts: normParts(node, node.name, channels) })
}

const pool =
  (layer: (size: Windows) => Layers.Layer): Build =>
  (reading, node) => {
    const size = KerasConfig.pair(node.config.pool_size, 2)
    if (size[0] !== size[1]) throw refuse(reading, node, "with windows that are no squares; supported are squares")
    const stride = checked(reading, node, KerasConfig.windows({ ...node.config, strides: node.config.strides ?? size }))
    const [, , channels] = mapsAt(reading, node)
    const shape = [...places(reading, node, size, stride), channels]
    push(reading, node, { layer: layer({ ...stride, size: size[0] }), inputs: [inputOf(reading, node)], shape })
  }

/** Over all places, to a row. */
const whole =
  (layer: (size: Windows) => Layers.Layer): Build =>
  (reading, node) => {
    if (node.config.keepdims === true)
      throw refuse(reading, node, "which keeps its dimensions; supported is keepdims false")
    const [height, width, channels] = mapsAt(reading, node)
    const all = layer(Math.max(height, width))
    const chained = Layers.chain(all, KerasLayers.flatten)
    push(reading, node, { layer: chained, inputs: [inputOf(reading, node)], shape: [channels], rows: true })
  }

const flatten: Build = (reading, node) => {
  const place = inputOf(reading, node)
  const shape = shapeAt(reading, place)
  if (shape.length === 1) return pass(reading, node)
  const length = shape.reduce((product, side) => product * side, 1)
  push(reading, node, { layer: KerasLayers.flatten, inputs: [place], shape: [length], rows: true })
}

const add: Build = (reading, node) => {
  const inputs = node.inputs.map((name) => reading.places.get(name)!)
  const shapes = new Set(inputs.map((place) => shapeAt(reading, place).join(" x ")))
  if (shapes.size !== 1)
    throw refuse(reading, node, `which adds ${[...shapes].join(" and ")}; supported are equal shapes`)
  push(reading, node, { layer: undefined, inputs, shape: shapeAt(reading, inputs[0]!) })
}

const pad: Build = (reading, node) => {
  const border = KerasConfig.border(node.config.padding)
  const [height, width, channels] = mapsAt(reading, node)
  const [top, left, bottom, right] = border
  const shape = [height + top + bottom, width + left + right, channels]
  push(reading, node, { layer: KerasLayers.pad(border), inputs: [inputOf(reading, node)], shape })
}

const rescaling: Build = (reading, node) => {
  const { scale, offset } = node.config
  same(KerasLayers.rescale(KerasConfig.number(scale, 1), KerasConfig.number(offset, 0)))(reading, node)
}

const activation: Build = (reading, node) => {
  const name = activationOf(node)
  if (name === undefined)
    throw refuse(reading, node, "with a slope, a threshold or a limit; supported are none, and a limit of 6")
  activate(reading, node, name, inputOf(reading, node))
}

/** Layers that let everything pass when a model answers. */
const passing: ReadonlyArray<string> = ["Dropout", "SpatialDropout2D"]

const builders: Readonly<Record<string, Build>> = {
  InputLayer: pass,
  Conv2D: conv,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Dense: dense,
  BatchNormalization: norm,
  Activation: activation,
  ReLU: activation,
  Softmax: (reading, node) => activate(reading, node, "softmax", inputOf(reading, node)),
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

const supported = Object.keys(builders).join(", ")
