/**
 * A tfjs LayersModel as one of ours. Units are its weighted blocks: a convolution, depthwise convolution or dense layer
 * with all that follows without a kernel of its own (batch norm, activation, pooling, sum); what turns maps into rows goes
 * with the unit behind it, so that a head reads maps. Branches between two places that all paths pass are one unit.
 *
 * Dropout lets everything pass. Batch norm learns as in our own models, with a moving average of 0.9 and an epsilon of
 * 0.001: where the file has another, the difference is in the moving variance, and answers stay the same. Biases, scales
 * and offsets that the file lacks start at 0, 1 and 0, and learn. A softmax at the end is left to the learner.
 */
import { epsilon } from "./Calls.ts"
import * as KerasLayers from "./KerasLayers.ts"
import * as LayersFile from "./LayersFile.ts"
import * as Layers from "./Layers.ts"
import type { Model, Unit } from "./Model.ts"
import type * as KerasReading from "./KerasReading.ts"
import * as Topology from "./Topology.ts"
import type * as Weights from "./Weights.ts"

export interface Config {
  readonly kind: "LayersModel"
  /** Of model.json. */
  readonly path: string
  /** Of its topology; with another one the file is refused. */
  readonly digest: string
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly classes: number
  /** Bytes are multiplied by this. */
  readonly scale: number
}

export interface Asked {
  readonly path: string
  readonly classes: number
  readonly shape: Config["shape"]
  /** 1/255 unless told, or 1 where the model begins by rescaling. */
  readonly scale?: number
}

/** Throws an `Error` of one sentence when the file cannot be read or the model is not supported. */
export const describe = ({ path, classes, shape, scale }: Asked): Config => {
  const file = LayersFile.read(path)
  const { rescales } = Topology.read(file, shape)
  return { kind: "LayersModel", path, digest: file.digest, shape, classes, scale: scale ?? (rescales ? 1 : 1 / 255) }
}

const topology = ({ path, digest, shape }: Config) => {
  const file = LayersFile.read(path)
  if (file.digest !== digest) throw LayersFile.problem(path, "has changed since it was described; start the run again")
  return { file, ...Topology.read(file, shape) }
}

/** Checkpoints tell models apart by all but the path. */
export const make = (config: Config): Model => {
  const { path: _, ...own } = config
  const { pieces, head } = topology(config)
  const { shape, classes, scale } = config
  const last = { ...pieces.at(-1)!, layer: Layers.dense(head.name, head.from, classes) }
  return { name: JSON.stringify(own), shape, classes, scale, units: units([...pieces.slice(0, -1), last]) }
}

/** Runs of pieces between places that all paths pass; each place is that of the last piece before it. */
const segments = (pieces: ReadonlyArray<KerasReading.Piece>): ReadonlyArray<ReadonlyArray<KerasReading.Piece>> => {
  const lastUse = new Map<number, number>()
  pieces.forEach(({ inputs }, place) => inputs.forEach((input) => lastUse.set(input, place)))
  const parts: Array<Array<KerasReading.Piece>> = [[]]
  pieces.forEach((piece, place) => {
    parts.at(-1)!.push(piece)
    const isCut = [...lastUse].every(([of, use]) => of >= place || use <= place)
    if (isCut && place + 1 < pieces.length) parts.push([])
  })
  return parts
}

const weighs = ({ kernel }: KerasReading.Piece) => kernel

const units = (pieces: ReadonlyArray<KerasReading.Piece>): ReadonlyArray<Unit> => {
  const blocks: Array<Array<KerasReading.Piece>> = []
  let isOpen = true
  for (const segment of segments(pieces)) {
    const isWeighted = segment.some(weighs)
    const isTurn = segment.some(({ rows }) => rows)
    const joins = blocks.length > 0 && (isOpen || !(isWeighted || isTurn))
    if (joins) blocks.at(-1)!.push(...segment)
    else blocks.push([...segment])
    isOpen = !isWeighted && (isOpen || isTurn)
  }
  let from = 0
  return blocks.map((block) => {
    const start = from
    from += block.length
    const own = block.map(({ layer, inputs }) => ({ layer, inputs: inputs.map((place) => place - start) }))
    return { name: (block.find(weighs) ?? block[0]!).name, layer: KerasLayers.graph(own) }
  })
}

/** The file's weights under our names, the head's among them only where it answers for as many classes. */
export const weights = (config: Config): Weights.Arrays => {
  const { file, pieces, head } = topology(config)
  const found = LayersFile.weights(file)
  const kept = head.to === config.classes ? pieces : pieces.slice(0, -1)
  return new Map(kept.flatMap(({ parts }) => parts.map((part) => [part.ours, values(file.path, found, part)] as const)))
}

const values = (path: string, found: ReadonlyMap<string, Weights.Values>, part: KerasReading.Part): Weights.Values => {
  const names = [...found.keys()].filter((name) => name === part.theirs || name.endsWith(`/${part.theirs}`))
  const value = found.get(names[0] ?? "")
  if (value === undefined)
    throw LayersFile.problem(path, `has no weight ${part.theirs}; save it again with its weights`)
  if (value.shape.join() !== part.shape.join()) {
    const message = `has the weight ${part.theirs} as ${value.shape.join(" x ")} instead of ${part.shape.join(" x ")}`
    throw LayersFile.problem(path, `${message}; save it again`)
  }
  if (part.epsilon === undefined) return value
  const shift = part.epsilon - epsilon
  return { ...value, values: value.values.map((variance) => variance + shift) }
}

/** What should be said of the model when it is put to work, a sentence each. */
export const notes = (config: Config): ReadonlyArray<string> => {
  const { head, dropouts } = topology(config)
  const { to } = head
  const { path, classes } = config
  return [
    ...(to === classes
      ? []
      : [`the model ${path} answers for ${to} classes and the stream has ${classes}: its head starts anew`]),
    ...(dropouts === 0 ? [] : [`the model ${path} learns without its dropout, which lets everything pass here`])
  ]
}
