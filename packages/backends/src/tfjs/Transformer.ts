/** Layers of vision transformers, on maps whose places are the tokens. None goes by a batch: folded, they compute the same. */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Ops } from "./FusedOps.ts"
import * as Layers from "./Layers.ts"
import * as Weights from "./Weights.ts"

/** Each token by its own mean and deviation, then a scale and an offset for each channel (Ba et al. 2016). */
export const norm = (name: string, channels: number): Layers.Layer => {
  const [scale, offset] = [`${name}/scale`, `${name}/offset`]
  return {
    weights: [
      { name: scale, shape: [channels], kind: "scale" },
      { name: offset, shape: [channels], kind: "bias" }
    ],
    train(ops, w, x, tape) {
      const [by, plus] = [Weights.get(w, scale), Weights.get(w, offset)]
      const normal = ops.layerNorm(x, by, plus)
      const pull: Layers.Pull = (dy, wanted) => {
        const own = ops.layerNormWeights(dy, by, plus, normal)
        tape.gradients.set(scale, own.scale).set(offset, own.offset)
        return wanted ? ops.layerNormInput(dy, by, normal) : null
      }
      return { output: normal.output, pull }
    },
    fold(ops, w) {
      const [by, plus] = [ops.identity(Weights.get(w, scale)), ops.identity(Weights.get(w, offset))]
      const run = (x: Tensor): Layers.Pass => {
        const normal = ops.layerNorm(x, by, plus)
        return { output: normal.output, pull: (dy, wanted) => (wanted ? ops.layerNormInput(dy, by, normal) : null) }
      }
      return { tensors: [by, plus], run }
    }
  }
}

/** Adds what is learnt of each place: `x + p` (Dosovitskiy et al. 2021, eq. 1). */
export const position = (name: string, shape: readonly [height: number, width: number, channels: number]) => {
  const places = `${name}/position`
  const pass = (ops: Ops, x: Tensor, p: Tensor, learn: (dy: Tensor) => void): Layers.Pass => ({
    output: ops.add(x, p),
    pull(dy, wanted) {
      learn(dy)
      return wanted ? dy : null
    }
  })
  return {
    weights: [{ name: places, shape, kind: "bias", deviation: 0.02 }],
    train: (ops, w, x, tape) =>
      pass(ops, x, Weights.get(w, places), (dy) => void tape.gradients.set(places, ops.batchSum(dy))),
    fold(ops, w) {
      const p = ops.identity(Weights.get(w, places))
      return { tensors: [p], run: (x) => pass(ops, x, p, () => {}) }
    }
  } satisfies Layers.Layer
}

export const gelu: Layers.Layer = Layers.plain((ops, x) => {
  const of = ops.gelu(x)
  return { output: of.output, pull: (dy, wanted) => (wanted ? ops.geluGradient(dy, of) : null) }
})

/** From queries, keys and values side by side in the channels to what each token draws from the others. */
const attend = (heads: number): Layers.Layer =>
  Layers.plain((ops, x) => {
    const of = ops.attention(x, heads)
    return { output: of.output, pull: (dy, wanted) => (wanted ? ops.attentionGradient(dy, of) : null) }
  })

export interface Block {
  readonly name: string
  readonly width: number
  readonly heads: number
  /** Width of the hidden layer. */
  readonly hidden: number
  /** Blocks of the whole model: what each adds starts that much smaller (Radford et al. 2019, section 2.3). */
  readonly depth: number
}

/** Attention, then a perceptron for each token, both beside a straight path and after a norm (Dosovitskiy et al. 2021, eq. 2-3). */
export const block = ({ name, width, heads, hidden, depth }: Block): Layers.Layer => {
  const mix = (part: string, from: number, to: number, share = 1) =>
    Layers.conv({ name: `${name}/${part}`, from, to, size: 1, deviation: Math.sqrt(share / from) })
  const added = 1 / (2 * depth)
  return Layers.chain(
    Layers.beside(
      Layers.chain(
        norm(`${name}/norm1`, width),
        mix("qkv", width, 3 * width),
        attend(heads),
        mix("out", width, width, added)
      )
    ),
    Layers.beside(
      Layers.chain(norm(`${name}/norm2`, width), mix("mlp1", width, hidden), gelu, mix("mlp2", hidden, width, added))
    )
  )
}
