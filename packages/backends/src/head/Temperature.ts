/**
 * One number that a head's logits are multiplied by, so that its probabilities come true (temperature scaling: Guo et al.
 * 2017), learnt on line: a damped Newton step on the log loss of each batch before the batch is learnt.
 */
import * as Softmax from "./Softmax.ts"

/** The log of a sharpness stays within this, and moves by no more than `step` a batch. */
const most = 4
const step = 0.25

/** The next log of sharpness, from logits of rows whose true classes all have a finite one. */
export const next = (logSharpness: number, logits: Float64Array, classes: number, truth: Int32Array): number => {
  const sharpness = Math.exp(logSharpness)
  const p = new Float64Array(classes)
  let [gradient, curvature, count] = [0, 0, 0]
  truth.forEach((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    if (!Number.isFinite(row[label] ?? NaN)) return
    Softmax.probabilities(row, p, sharpness)
    const { mean, variance } = moments(row, p)
    gradient += sharpness * (mean - row[label]!)
    curvature += sharpness ** 2 * variance
    count += 1
  })
  const move = -gradient / (curvature + count + 1)
  return clip(logSharpness + clip(move, step), most)
}

const moments = (row: Float64Array, p: Float64Array) => {
  let [mean, square] = [0, 0]
  for (let c = 0; c < p.length; c++) {
    if (p[c] === 0) continue
    mean += p[c]! * row[c]!
    square += p[c]! * row[c]! ** 2
  }
  return { mean, variance: Math.max(0, square - mean ** 2) }
}

const clip = (value: number, size: number): number => Math.max(-size, Math.min(size, value))
