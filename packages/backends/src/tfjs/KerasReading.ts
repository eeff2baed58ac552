/** What is known while a LayersModel's layers are read one after the other, and the pieces they became. */
import * as KerasConfig from "./KerasConfig.ts"
import * as KerasLayers from "./KerasLayers.ts"
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

/** The layer at the end, and the lengths of its input and output. */
export interface Head {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** What is known while layers are read one after the other. */
export interface Reading {
  readonly path: string
  readonly output: string
  readonly shape: ReadonlyArray<number>
  readonly readers: ReadonlyMap<string, ReadonlyArray<Node>>
  readonly pieces: Array<Piece>
  /** The piece that gives a layer's output; -1 is the sample. */
  readonly places: Map<string, number>
  readonly heads: Map<string, Head>
}

export const start = (file: LayersFile, nodes: ReadonlyArray<Node>, shape: ReadonlyArray<number>): Reading => {
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

export const refuse = ({ path }: Reading, { name, kind }: Node, what: string) =>
  problem(path, `has the layer "${name}" (${kind}), ${what}`)

/** Puts a piece at the end; `name` is that of a layer whose output it gives. */
export const push = (
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
export const inputOf = ({ places, pieces }: Reading, node: Node): number =>
  node.inputs.length === 0 ? (pieces[0]?.rows === true && pieces.length === 1 ? 0 : -1) : places.get(node.inputs[0]!)!

export const shapeAt = ({ pieces, shape }: Reading, place: number) => (place < 0 ? shape : pieces[place]!.shape)

export const mapsAt = (reading: Reading, node: Node): readonly [number, number, number] => {
  const [height, width, channels] = shapeAt(reading, inputOf(reading, node))
  if (height === undefined || width === undefined || channels === undefined)
    throw refuse(reading, node, "which reads rows; it can read maps")
  return [height, width, channels]
}

/** The only layer that reads another, if it is of a kind. */
export const next = ({ readers, output }: Reading, { name }: Node, fits: (node: Node) => boolean): Node | undefined => {
  const own = readers.get(name)!
  return own.length === 1 && name !== output && fits(own[0]!) ? own[0] : undefined
}
