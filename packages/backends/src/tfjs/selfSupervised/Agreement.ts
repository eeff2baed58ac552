/**
 * How far the predictions of views agree with the other view's projection (Chen and He 2021, eq. 2 and 4):
 * `L = -(cos(p1, z2) + cos(p2, z1)) / 2`, averaged over samples, with no gradient by `z`. Plain numbers: rows of `width`,
 * first views in the first half, second ones in the other.
 */

export interface Agreement {
  /** -1 when all agree. */
  readonly loss: number
  /** By `p`. */
  readonly gradient: Float32Array
  /**
   * Mean over dimensions of the standard deviation of `z / |z|`: near `1 / sqrt(width)` when rows point anywhere, 0 when
   * they have collapsed to one direction (section 4.1, figure 2).
   */
  readonly deviation: number
}

export const measure = (p: Float32Array, z: Float32Array, width: number): Agreement => {
  const rows = p.length / width
  const [predicted, target] = [directions(p, width), directions(z, width)]
  const gradient = new Float32Array(p.length)
  let loss = 0
  for (let i = 0; i < rows; i++) {
    const [own, other] = [i * width, ((i + rows / 2) % rows) * width]
    let cosine = 0
    for (let k = 0; k < width; k++) cosine += predicted.of[own + k]! * target.of[other + k]!
    loss -= cosine / rows
    const scale = 1 / (predicted.lengths[i]! * rows)
    for (let k = 0; k < width; k++)
      gradient[own + k] = scale * (cosine * predicted.of[own + k]! - target.of[other + k]!)
  }
  return { loss, gradient, deviation: spread(target.of, width) }
}

/** Keeps a row of zeros from dividing by zero. */
const least = 1e-12

const directions = (rows: Float32Array, width: number) => {
  const of = new Float64Array(rows)
  const lengths = Float64Array.from({ length: rows.length / width }, (_, i) => {
    const row = of.subarray(i * width, (i + 1) * width)
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, least))
    for (let k = 0; k < width; k++) row[k]! /= length
    return length
  })
  return { of, lengths }
}

const spread = (of: Float64Array, width: number): number => {
  const rows = of.length / width
  let total = 0
  for (let k = 0; k < width; k++) {
    let [sum, squares] = [0, 0]
    for (let i = 0; i < rows; i++) sum += of[i * width + k]!
    for (let i = 0; i < rows; i++) squares += (of[i * width + k]! - sum / rows) ** 2
    total += Math.sqrt(squares / rows)
  }
  return total / width
}
