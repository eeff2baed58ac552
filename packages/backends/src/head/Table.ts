/** A growing list of vectors, one for each class, in one block; and the two products that all heads spend their time in. */
import type { Rows } from "./Rows.ts"

export interface Table {
  readonly width: number
  count: number
  values: Float64Array
}

export const make = (width: number, values: Float64Array = new Float64Array(0)): Table => ({
  width,
  count: values.length / width,
  values
})

/** Room for `count` vectors; new ones are zero. */
export const grow = (table: Table, count: number): void => {
  if (count <= table.count) return
  if (count * table.width > table.values.length) {
    const wider = new Float64Array(Math.max(count, 2 * table.count) * table.width)
    wider.set(table.values)
    table.values = wider
  }
  table.count = count
}

export const vector = ({ values, width }: Table, i: number): Float64Array => values.subarray(i * width, (i + 1) * width)

/** The numbers in use. */
export const content = ({ values, width, count }: Table): Float64Array => values.slice(0, count * width)

/** `X T'`: each row times each vector, `rows.count × table.count`. In tiles of 2 × 4, which fit the registers. */
export const products = ({ count, values: x }: Rows, table: Table): Float64Array => {
  const { width, count: classes, values: t } = table
  const out = new Float64Array(count * classes)
  const [evenRows, fours] = [count - (count % 2), classes - (classes % 4)]
  for (let c = 0; c < fours; c += 4) {
    for (let i = 0; i < evenRows; i += 2) tile(out, classes, x, t, width, i, c)
  }
  for (let i = 0; i < count; i++) {
    for (let c = i < evenRows ? fours : 0; c < classes; c++)
      out[i * classes + c] = dot(x, i * width, t, c * width, width)
  }
  return out
}

const tile = (
  out: Float64Array,
  classes: number,
  x: Float64Array,
  t: Float64Array,
  width: number,
  i: number,
  c: number
): void => {
  const [x0, x1, t0] = [i * width, (i + 1) * width, c * width]
  const [t1, t2, t3] = [t0 + width, t0 + 2 * width, t0 + 3 * width]
  let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let k = 0; k < width; k++) {
    const a = x[x0 + k]!
    const b = x[x1 + k]!
    const u = t[t0 + k]!
    const v = t[t1 + k]!
    const w = t[t2 + k]!
    const z = t[t3 + k]!
    a0 += a * u
    a1 += a * v
    a2 += a * w
    a3 += a * z
    b0 += b * u
    b1 += b * v
    b2 += b * w
    b3 += b * z
  }
  const [p, q] = [i * classes + c, (i + 1) * classes + c]
  out[p] = a0
  out[p + 1] = a1
  out[p + 2] = a2
  out[p + 3] = a3
  out[q] = b0
  out[q + 1] = b1
  out[q + 2] = b2
  out[q + 3] = b3
}

export const dot = (a: Float64Array, from: number, b: Float64Array, at: number, length: number): number => {
  let sum = 0
  for (let k = 0; k < length; k++) sum += a[from + k]! * b[at + k]!
  return sum
}

/** `T ← scale (T + E' K)`: to vector `c` comes `Σ_i E[i, c] K_i`, `K` having rows of the table's width. */
export const add = (table: Table, e: Float64Array, { count, values: k }: Rows, scale = 1): void => {
  const { width, count: classes, values: t } = table
  const fours = count - (count % 4)
  const pairs = classes - (classes % 2)
  for (let c = 0; c < pairs; c += 2)
    for (let i = 0; i < fours; i += 4) addTile(t, c * width, e, i * classes + c, classes, k, i * width, width)
  for (let c = 0; c < classes; c++)
    for (let i = c < pairs ? fours : 0; i < count; i++) axpy(t, c * width, e[i * classes + c]!, k, i * width, width)
  if (scale !== 1) for (let j = 0; j < classes * width; j++) t[j] = scale * t[j]!
}

/** Four rows into two vectors. */
const addTile = (
  t: Float64Array,
  at: number,
  e: Float64Array,
  from: number,
  step: number,
  k: Float64Array,
  row: number,
  width: number
): void => {
  const [from1, from2, from3] = [from + step, from + 2 * step, from + 3 * step]
  const [a0, a1, a2, a3] = [e[from]!, e[from1]!, e[from2]!, e[from3]!]
  const [b0, b1, b2, b3] = [e[from + 1]!, e[from1 + 1]!, e[from2 + 1]!, e[from3 + 1]!]
  const [next, row1, row2, row3] = [at + width, row + width, row + 2 * width, row + 3 * width]
  for (let j = 0; j < width; j++) {
    const k0 = k[row + j]!
    const k1 = k[row1 + j]!
    const k2 = k[row2 + j]!
    const k3 = k[row3 + j]!
    t[at + j] = t[at + j]! + (a0 * k0 + a1 * k1 + (a2 * k2 + a3 * k3))
    t[next + j] = t[next + j]! + (b0 * k0 + b1 * k1 + (b2 * k2 + b3 * k3))
  }
}

const axpy = (t: Float64Array, at: number, e: number, k: Float64Array, from: number, length: number): void => {
  for (let j = 0; j < length; j++) t[at + j] = t[at + j]! + e * k[from + j]!
}
