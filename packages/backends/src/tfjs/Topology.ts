/** What a LayersModel is made of, in our layers: each of Keras's becomes one or more pieces, in an order of computation. */
import * as KerasBuilders from "./KerasBuilders.ts"
import * as KerasReading from "./KerasReading.ts"
import type { LayersFile, Node } from "./LayersFile.ts"
import { problem } from "./LayersFile.ts"

export interface Topology {
  readonly pieces: ReadonlyArray<KerasReading.Piece>
  readonly head: KerasReading.Head
  /** Whether it begins by rescaling. */
  readonly rescales: boolean
  readonly dropouts: number
}

/** Throws an `Error` of one sentence that names the layer which is not supported. */
export const read = (file: LayersFile, shape: ReadonlyArray<number>): Topology => {
  const nodes = inOrder(file)
  const reading = KerasReading.start(file, nodes, shape)
  for (const node of nodes) {
    if (reading.places.has(node.name)) continue // part of the one before
    const build = KerasBuilders.builders[node.kind]
    if (build === undefined)
      throw KerasReading.refuse(reading, node, `which is not supported; supported are ${KerasBuilders.supported}`)
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
    dropouts: nodes.filter(({ kind }) => KerasBuilders.passing.includes(kind)).length
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
