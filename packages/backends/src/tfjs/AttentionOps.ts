/**
 * What transformers compute, each as one operation of several kernels: layer norm, GELU, self-attention, with their
 * gradients. TensorFlow has no fused kernels of these that train. Activations are maps `[samples, height, width,
 * channels]`, whose places are the tokens.
 */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Calls } from "./Calls.ts"

/** What the gradient of a layer norm needs. */
export interface LayerNormal {
  readonly output: Tensor
  /** `(x - mean) / deviation` */
  readonly normal: Tensor
  /** `1 / deviation` of each token. */
  readonly root: Tensor
}

export interface LayerNormWeights {
  readonly scale: Tensor
  readonly offset: Tensor
}

export interface Gelu {
  readonly output: Tensor
  readonly input: Tensor
  /** `x / √2` and its error function. */
  readonly scaled: Tensor
  readonly error: Tensor
}

/** Of self-attention, by samples and heads. */
export interface Attended {
  readonly output: Tensor
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
  /** Shares of attention; the rows of each head add up to 1. */
  readonly shares: Tensor
  readonly context: Tensor
}

/** Kernels of each operation, which a trace counts without calling them. */
export const kernels = {
  layerNorm: 9,
  layerNormWeights: 3,
  layerNormInput: 8,
  gelu: 5,
  geluGradient: 9,
  attention: 9,
  attentionGradient: 15
} as const
export type Name = keyof typeof kernels

/** Added to the variance of a token (Touvron et al. 2021, DeiT). */
const epsilon = 1e-6

type Vector = (values: ReadonlyArray<number>) => Tensor
type Constant = (value: number) => Tensor

export const make = (calls: Calls, vector: Vector, constant: Constant) => {
  const base = basics(calls, vector, constant)
  return { ...layerNorms(base), ...gelus(base), ...attentions(base) }
}

const basics = ({ one, many, attributes }: Calls, vector: Vector, constant: Constant) => ({
  one: (kernel: string, ...inputs: ReadonlyArray<Tensor>) => one(kernel, attributes.elementwise, inputs),
  times: (a: Tensor, factor: number) => one("Mul", attributes.elementwise, [a, constant(factor)]),
  plus: (a: Tensor, term: number) => one("AddV2", attributes.elementwise, [a, constant(term)]),
  /** Over the last dimension, which stays with length 1. */
  last: (kernel: "Mean" | "Sum", a: Tensor) => one(kernel, attributes.keptReduction, [a, vector([-1])]),
  product: (a: Tensor, b: Tensor, flags = 0) => one("BatchMatMulV2", attributes.products(flags), [a, b]),
  reshape: (a: Tensor, shape: ReadonlyArray<number>) => one("Reshape", attributes.shape, [a, vector(shape)]),
  transpose: (a: Tensor, order: ReadonlyArray<number>) =>
    one("Transpose", attributes.transposition, [a, vector(order)]),
  unpack: (a: Tensor) => many("Unpack", attributes.unpacking(a.shape[0]), [a], a.shape[0]),
  pack: (parts: ReadonlyArray<Tensor>) => one("Pack", attributes.packing(parts.length), parts)
})
type Basics = ReturnType<typeof basics>

/** Each token by its own mean and deviation (Ba et al. 2016, eq. 3-4). */
const layerNorms = ({ one, plus, last }: Basics) => ({
  layerNorm(x: Tensor, scale: Tensor, offset: Tensor): LayerNormal {
    const centred = one("Sub", x, last("Mean", x))
    const root = one("Rsqrt", plus(last("Mean", one("Square", centred)), epsilon))
    const normal = one("Mul", centred, root)
    return { output: one("BiasAdd", one("Mul", normal, scale), offset), normal, root }
  },
  /** `scale` and `offset` themselves are not needed: they say whose gradients these are. */
  layerNormWeights: (dy: Tensor, _scale: Tensor, _offset: Tensor, { normal }: LayerNormal): LayerNormWeights => ({
    scale: one("BiasAddGrad", one("Mul", dy, normal)),
    offset: one("BiasAddGrad", dy)
  }),
  /** With `g = dy · scale`: `(g - mean(g) - normal · mean(g · normal)) / deviation`. */
  layerNormInput(dy: Tensor, scale: Tensor, { normal, root }: LayerNormal): Tensor {
    const g = one("Mul", dy, scale)
    const along = one("Mul", normal, last("Mean", one("Mul", g, normal)))
    return one("Mul", one("Sub", one("Sub", g, last("Mean", g)), along), root)
  }
})

/** `x Φ(x)` with the normal distribution's Φ (Hendrycks & Gimpel 2016), by the error function and not approximated. */
const gelus = ({ one, times, plus }: Basics) => ({
  gelu(input: Tensor): Gelu {
    const scaled = times(input, Math.SQRT1_2)
    const error = one("Erf", scaled)
    const half = times(input, 0.5)
    return { output: one("AddV2", half, one("Mul", half, error)), input, scaled, error }
  },
  /** `dy (Φ(x) + x φ(x))` */
  geluGradient(dy: Tensor, { input, scaled, error }: Gelu): Tensor {
    const bell = one("Exp", one("Neg", one("Square", scaled)))
    const density = times(one("Mul", input, bell), 1 / Math.sqrt(2 * Math.PI))
    const distribution = times(plus(error, 1), 0.5)
    return one("Mul", dy, one("AddV2", distribution, density))
  }
})

/**
 * `softmax(q kᵀ / √d) v` in each head (Vaswani et al. 2017, eq. 1), from queries, keys and values side by side in the
 * channels.
 */
const attentions = ({ one, times, last, product, reshape, transpose, unpack, pack }: Basics) => ({
  attention(x: Tensor, heads: number): Attended {
    const [samples, height, width, channels] = x.shape as [number, number, number, number]
    const [tokens, size] = [height * width, channels / 3 / heads]
    const parts = transpose(reshape(x, [samples, tokens, 3, heads, size]), [2, 0, 3, 1, 4])
    const [query, key, value] = unpack(parts) as [Tensor, Tensor, Tensor]
    const shares = one("Softmax", product(times(query, 1 / Math.sqrt(size)), key, 2))
    const context = product(shares, value)
    const output = reshape(transpose(context, [0, 2, 1, 3]), [samples, height, width, channels / 3])
    return { output, query, key, value, shares, context }
  },
  /** A softmax's gradient takes `Σ_j p_j dp_j` of each row, which is `Σ dy · y` of its token (Dao et al. 2022, eq. 4). */
  attentionGradient(dy: Tensor, { query, key, value, shares, context }: Attended): Tensor {
    const [samples, heads, tokens, size] = query.shape as [number, number, number, number]
    const [, height, width, channels] = dy.shape as [number, number, number, number]
    const d = transpose(reshape(dy, [samples, tokens, heads, size]), [0, 2, 1, 3])
    const drift = last("Sum", one("Mul", d, context))
    const scores = one("Mul", shares, one("Sub", product(d, value, 2), drift))
    const factor = 1 / Math.sqrt(size)
    const parts = pack([
      times(product(scores, key), factor),
      times(product(scores, query, 1), factor),
      product(shares, d, 1)
    ])
    return reshape(transpose(parts, [1, 3, 0, 2, 4]), [samples, height, width, 3 * channels])
  }
})
