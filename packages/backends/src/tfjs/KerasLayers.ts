/** Layers that loaded models need and our own do not, and how they hang together. */
import type { Tensor } from "@tensorflow/tfjs-node"
import { epsilon } from "./Calls.ts"
import type { Border, Ops } from "./FusedOps.ts"
import type { Folded, Layer, Pass, Pull } from "./Layers.ts"
import * as Layers from "./Layers.ts"
import * as Weights from "./Weights.ts"

export const relu6: Layer = Layers.plain((ops, x) => {
  const output = ops.relu6(x)
  return { output, pull: (dy, wanted) => (wanted ? ops.relu6Gradient(dy, output) : null) }
})

/** `x · factor + term` */
export const rescale = (factor: number, term: number): Layer =>
  Layers.plain((ops, x) => ({
    output: ops.add(ops.multiply(x, ops.constant(factor)), ops.constant(term)),
    pull: (dy, wanted) => (wanted ? ops.multiply(dy, ops.constant(factor)) : null)
  }))

/** Maps, or what is left of them, to rows. */
export const flatten: Layer = Layers.plain((ops, x) => ({
  output: ops.reshape(x, [x.shape[0], -1]),
  pull: (dy, wanted) => (wanted ? ops.reshape(dy, x.shape) : null)
}))

/** Zeros around maps. */
export const pad = (border: Border): Layer =>
  Layers.plain((ops, x) => ({
    output: ops.pad(x, border),
    pull: (dy, wanted) => (wanted ? ops.unpad(dy, border, x.shape) : null)
  }))

/** Batch norm that follows no convolution. Share of the batch in the moving statistics as elsewhere: a tenth. */
export const batchNorm = (name: string, channels: number): Layer => {
  const [scale, offset, mean, variance] = [`${name}/scale`, `${name}/offset`, `${name}/mean`, `${name}/variance`]
  const shape = [channels]
  return {
    weights: [
      { name: scale, shape, kind: "scale" },
      { name: offset, shape, kind: "bias" },
      { name: mean, shape, kind: "statistic" },
      { name: variance, shape, kind: "statistic" }
    ],
    train(ops, w, x, tape) {
      const [by, plus, from, spread] = [scale, offset, mean, variance].map((of) => Weights.get(w, of)) as Four
      const maps = asMaps(ops, x)
      const normal = ops.normalise(maps, by, plus, from, spread, Layers.rate)
      tape.statistics.set(mean, normal.movingMean).set(variance, normal.movingVariance)
      const pull: Pull = (dy, wanted) => {
        const inner = ops.normaliseGradient(asMaps(ops, dy), maps, by, normal)
        tape.gradients.set(scale, inner.scale).set(offset, inner.offset)
        return wanted ? alike(ops, inner.input, x) : null
      }
      return { output: alike(ops, normal.output, x), pull }
    },
    fold(ops, w) {
      const [by, plus, from, spread] = [scale, offset, mean, variance].map((of) => Weights.get(w, of)) as Four
      const factor = ops.multiply(by, ops.inverseRoot(ops.add(spread, ops.constant(epsilon))))
      const shift = ops.subtract(plus, ops.multiply(from, factor))
      const run = (x: Tensor): Pass => ({
        output: ops.bias(ops.multiply(x, factor), shift),
        pull: (dy, wanted) => (wanted ? ops.multiply(dy, factor) : null)
      })
      return { tensors: [factor, shift], run }
    }
  }
}

type Four = [Tensor, Tensor, Tensor, Tensor]

/** Kernels of batch norm want maps; rows are maps of one place. */
const asMaps = (ops: Ops, x: Tensor) => (x.shape.length === 4 ? x : ops.reshape(x, [x.shape[0], 1, 1, x.shape[1]!]))

const alike = (ops: Ops, x: Tensor, like: Tensor) =>
  x.shape.length === like.shape.length ? x : ops.reshape(x, like.shape)

/** A layer of a graph; without one it adds up its inputs. */
export interface Piece {
  readonly layer: Layer | undefined
  /** Places of pieces before it; -1 is what the graph is given. */
  readonly inputs: ReadonlyArray<number>
}

/** Pieces in an order in which each comes after its inputs; the last gives the output. */
export const graph = (pieces: ReadonlyArray<Piece>): Layer => {
  const only = pieces[0]
  if (pieces.length === 1 && only?.layer !== undefined) return only.layer
  return {
    weights: pieces.flatMap(({ layer }) => layer?.weights ?? []),
    train: (ops, w, x, tape) => flow(ops, pieces, x, ({ layer }, input) => layer!.train(ops, w, input, tape)),
    fold(ops, w) {
      const folded = new Map(
        pieces.flatMap((piece) => (piece.layer ? [[piece, piece.layer.fold(ops, w)] as const] : []))
      )
      return {
        tensors: [...folded.values()].flatMap((of: Folded) => of.tensors),
        run: (x) => flow(ops, pieces, x, (piece, input) => folded.get(piece)!.run(input))
      }
    }
  }
}

const flow = (ops: Ops, pieces: ReadonlyArray<Piece>, x: Tensor, run: (piece: Piece, input: Tensor) => Pass): Pass => {
  const passes: Array<Pass> = []
  const outputOf = (place: number) => (place < 0 ? x : passes[place]!.output)
  for (const piece of pieces)
    passes.push(piece.layer ? run(piece, outputOf(piece.inputs[0]!)) : added(ops, piece.inputs.map(outputOf)))
  return { output: passes.at(-1)!.output, pull: (dy, wanted) => backward(ops, pieces, passes, dy, wanted) }
}

const added = (ops: Ops, inputs: ReadonlyArray<Tensor>): Pass => ({
  output: inputs.reduce((sum, input) => ops.add(sum, input)),
  pull: (dy) => dy
})

/** Gradients of an output that several pieces read add up. */
const backward = (
  ops: Ops,
  pieces: ReadonlyArray<Piece>,
  passes: ReadonlyArray<Pass>,
  dy: Tensor,
  wanted: boolean
): Tensor | null => {
  const gradients = new Map<number, Tensor>([[pieces.length - 1, dy]])
  const learns = learning(pieces, wanted)
  for (let place = pieces.length - 1; place >= 0; place--) {
    const { inputs } = pieces[place]!
    const own = gradients.get(place)
    if (own === undefined) continue
    const inner = passes[place]!.pull(own, inputs.some(learns))
    if (inner === null) continue
    for (const input of inputs.filter(learns)) {
      const known = gradients.get(input)
      gradients.set(input, known === undefined ? inner : ops.add(known, inner))
    }
  }
  return gradients.get(-1) ?? null
}

/** Whether something at a place or before it wants the gradient of its output. */
const learning = (pieces: ReadonlyArray<Piece>, wanted: boolean) => {
  const learns: Array<boolean> = []
  const at = (place: number) => (place < 0 ? wanted : learns[place]!)
  for (const { layer, inputs } of pieces) learns.push((layer?.weights.length ?? 0) > 0 || inputs.some(at))
  return at
}
