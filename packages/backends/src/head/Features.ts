/**
 * What a fast head sees of a model: the input of the model's own head, maps averaged to a grid of 2 × 2 (for ResNet-8 256
 * numbers), or to 1 × 1 where that would be more than 1,024 numbers. A transformer's tokens are maps, too, as they come
 * from the last block, before the head's norm. Other inputs of the head (rows of numbers) are taken
 * as they are. Each number is standardised by its mean and deviation over the examples the head starts with; one that
 * did not vary there stays 0.
 */
import type { Examples } from "@edgeol/core/Examples"
import type { Tensor } from "@tensorflow/tfjs-node"
import type * as FusedOps from "../tfjs/FusedOps.ts"
import * as Model from "../tfjs/Model.ts"
import * as Net from "../tfjs/Net.ts"
import type { Rows } from "./Rows.ts"

/** One forward pass: features, as they come, and the model's own logits. */
export interface Pass {
  /** Of a row of features; 0 without examples. */
  readonly width: number
  /** `count × width` */
  readonly features: Float32Array
  /** `count × classes` */
  readonly logits: Float32Array
}

/** Examples that go through the model at once: bounds the memory of activations. */
const most = 128

const widest = 1024

export const pass = (net: Net.Net, units: Model.FoldedUnits, examples: Examples): Pass => {
  const parts: Array<Pass> = []
  for (let from = 0; from < examples.count; from += most)
    parts.push(part(net, units, examples, from, Math.min(from + most, examples.count)))
  return {
    width: parts[0]?.width ?? 0,
    features: concat(parts.map(({ features }) => features)),
    logits: concat(parts.map(({ logits }) => logits))
  }
}

const part = (net: Net.Net, units: Model.FoldedUnits, examples: Examples, from: number, to: number): Pass => {
  const positions = Int32Array.from({ length: to - from }, (_, i) => from + i)
  net.tf.engine().startScope()
  try {
    const activations = Model.activations(units, Net.input(net, examples, positions))
    const seen = pooled(net.ops, activations.at(-2)!)
    const features = seen.dataSync<"float32">()
    const logits = activations.at(-1)!.dataSync<"float32">()
    return { width: size(seen), features, logits }
  } finally {
    net.tf.engine().endScope()
  }
}

const pooled = (ops: FusedOps.Ops, maps: Tensor): Tensor => {
  const [, height = 1, width = 1] = maps.shape
  if (maps.shape.length !== 4) return maps
  const side = Math.ceil(Math.min(height, width) / 2)
  const grid = side > 1 ? ops.averagePool(maps, side) : maps
  return size(grid) > widest ? ops.mean(maps, [1, 2]) : grid
}

const size = ({ shape }: Tensor): number => shape.slice(1).reduce((product, length) => product * length, 1)

const concat = (parts: ReadonlyArray<Float32Array>): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const values of parts) {
    whole.set(values, at)
    at += values.length
  }
  return whole
}

/** How features are brought to a common scale. */
export interface Standard {
  readonly mean: Float64Array
  /** 1 / deviation, 0 where there was none. */
  readonly factor: Float64Array
}

/** From these features; those with an unusable number are left out. */
export const standard = ({ width, features }: Pass): Standard => {
  const [mean, square] = [new Float64Array(width), new Float64Array(width)]
  let count = 0
  for (let at = 0; at < features.length; at += width) {
    const row = features.subarray(at, at + width)
    if (!row.every(Number.isFinite)) continue
    count += 1
    for (let j = 0; j < width; j++) {
      const gap = row[j]! - mean[j]!
      mean[j] = mean[j]! + gap / count
      square[j] = square[j]! + gap * (row[j]! - mean[j]!)
    }
  }
  const factor = square.map((sum, j) =>
    Math.sqrt(sum / count) > 1e-6 * (1 + Math.abs(mean[j]!)) ? Math.sqrt(count / sum) : 0
  )
  return { mean, factor }
}

/** An unusable number stays one, unless it never varied. */
export const standardise = ({ mean, factor }: Standard, { features }: Pass): Rows => {
  const width = mean.length
  const values = new Float64Array(features.length)
  for (let i = 0; i < values.length; i++) {
    const j = i % width
    values[i] = factor[j] === 0 ? 0 : factor[j]! * (features[i]! - mean[j]!)
  }
  return { count: width === 0 ? 0 : features.length / width, width, values }
}
