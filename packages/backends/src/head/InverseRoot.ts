/**
 * The inverse of a growing scatter matrix, `A ← keep · A + X'X + ridge`, as `A⁻¹ = S S'` with `S` lower triangular. The
 * root is what is updated (Carlson 1973, in blocks of rows), so the inverse is symmetric and positive definite whatever
 * the data and however long one forgets: each diagonal entry of `S` is only ever divided by positive numbers. A rank-n
 * update costs `1.5 n d²` multiplications, as Woodbury's formula on the whole inverse does.
 *
 * The ridge is a share of the scatter's weight (shrinkage: Ledoit, Wolf 2004, with a fixed share), which grows with the
 * samples and fades with forgetting; where no data come a forgotten ridge would let the inverse grow without end. So each
 * update brings a few coordinates in turn up to their share, as pseudo-rows `√δ e_t`: `A` is always exactly what the rows
 * of all updates add up to.
 */
import type { Rows } from "./Rows.ts"
import * as Table from "./Table.ts"

export interface InverseRoot {
  readonly size: number
  /** `S`, row by row, zero above the diagonal; padded to an even number of rows. */
  readonly root: Float64Array
  /** The ridge in each coordinate of `A`. */
  readonly ridge: Float64Array
  /** The coordinate whose ridge is seen to next. */
  next: number
  /** Coordinates due to be seen to, not all whole. */
  due: number
  /** How many samples the scatter stands for. */
  weight: number
}

/** The scatter counts as one of so many samples at least: a share of nothing would be no ridge. */
const least = 16

/** `A / scale` is the covariance, the ridge being its share. */
export const scale = ({ weight }: InverseRoot): number => Math.max(weight, least)

export const make = (size: number, share: number): InverseRoot => {
  if (!(share > 0 && share < Infinity)) throw new Error(`the ridge's share must be a number above 0, not ${share}`)
  const root = new Float64Array((size + (size % 2)) * size)
  const ridge = share * least
  for (let i = 0; i < size; i++) root[i * size + i] = 1 / Math.sqrt(ridge)
  return { size, root, ridge: new Float64Array(size).fill(ridge), next: 0, due: 0, weight: 0 }
}

/** What came into `A`, the pseudo-rows included, and `A⁻¹` times each of these rows, by the new `A`. */
export interface Update {
  readonly rows: Rows
  readonly gain: Rows
}

/** What comes in: rows that count for `weight` samples, and what stays of the rest. */
export interface News {
  readonly rows: Rows
  readonly weight: number
  readonly keep: number
  /** Of the weight, to be the ridge. */
  readonly share: number
}

export const update = (inverse: InverseRoot, { rows, weight, keep, share }: News): Update => {
  const { root, ridge, size } = inverse
  inverse.weight = keep * inverse.weight + weight
  if (keep !== 1) {
    multiply(ridge, keep)
    multiply(root, 1 / Math.sqrt(keep))
  }
  const all = withRidge(inverse, rows, share * scale(inverse))
  const plan = plans(project(inverse, all), size, all.count)
  const moved = turn(inverse, plan, all.count)
  return { rows: all, gain: gains(moved, plan.root, size, all.count) }
}

const multiply = (values: Float64Array, factor: number): void => {
  for (let i = 0; i < values.length; i++) values[i] = factor * values[i]!
}

/**
 * Coordinates seen to in an update: all of them while four times the scatter's weight comes in, so that a ridge falls short
 * by little more than a factor of e⁴. In fours, as rows go through in fours; what is not due yet is put off, and no more
 * are seen to than half as many as rows come, or four.
 */
const turns = (inverse: InverseRoot, count: number): number => {
  const step = Math.min(4, inverse.size)
  const due = inverse.due + (inverse.size * count) / (4 * scale(inverse))
  const now = Math.min(inverse.size, step * Math.floor(Math.min(due, Math.max(step, count / 2)) / step))
  inverse.due = Math.min(inverse.size, due - now)
  return now
}

/** The rows, the pseudo-rows, and zero rows up to a multiple of four. */
const withRidge = (inverse: InverseRoot, { count, width, values }: Rows, target: number): Rows => {
  const { ridge, size } = inverse
  const extra = turns(inverse, count)
  const padded = Math.ceil((count + extra) / 4) * 4
  const all = new Float64Array(padded * width)
  all.set(values)
  for (let j = 0; j < extra; j++) {
    const at = inverse.next
    all[(count + j) * width + at] = Math.sqrt(Math.max(0, target - ridge[at]!))
    ridge[at] = Math.max(target, ridge[at]!)
    inverse.next = (at + 1) % size
  }
  return { count: padded, width, values: all }
}

/** Rows of `S` that stay in the processor's cache while all of `X` passes. */
const cached = 32

/** `X S`, laid out in blocks of four rows: `[block][coordinate][8]`, the last four of the eight left to `plans`. */
const project = ({ size, root }: InverseRoot, { count, values }: Rows): Float64Array => {
  const out = new Float64Array(count * size * 2)
  for (let from = 0; from < size; from += cached) {
    const to = Math.min(size, from + cached)
    for (let block = 0; block < count / 4; block++)
      for (let i = from; i < to; i += 2) projectTwo(root, size, i, values, block * 4 * size, out, block * size * 8)
  }
  return out
}

/** Adds what two rows of `S` give to four rows of the product. */
const projectTwo = (
  root: Float64Array,
  size: number,
  i: number,
  values: Float64Array,
  x: number,
  out: Float64Array,
  at: number
): void => {
  const last = i + 1 < size
  const [x0, x1, x2, x3] = [x + i, x + size + i, x + 2 * size + i, x + 3 * size + i]
  const [a0, a1, a2, a3] = [values[x0]!, values[x1]!, values[x2]!, values[x3]!]
  const b0 = last ? values[x0 + 1]! : 0
  const b1 = last ? values[x1 + 1]! : 0
  const b2 = last ? values[x2 + 1]! : 0
  const b3 = last ? values[x3 + 1]! : 0
  if (a0 === 0 && a1 === 0 && a2 === 0 && a3 === 0 && b0 === 0 && b1 === 0 && b2 === 0 && b3 === 0) return
  const row = i * size
  const next = row + size
  const end = last ? i + 1 : i
  for (let k = 0, o = at; k <= end; k++, o += 8) {
    const s = root[row + k]!
    const t = root[next + k]!
    out[o] = out[o]! + (a0 * s + b0 * t)
    out[o + 1] = out[o + 1]! + (a1 * s + b1 * t)
    out[o + 2] = out[o + 2]! + (a2 * s + b2 * t)
    out[o + 3] = out[o + 3]! + (a3 * s + b3 * t)
  }
}

interface Plan {
  /** `[block][coordinate][f, f, f, f, z, z, z, z]` */
  readonly factors: Float64Array
  /** What each column of `S` is multiplied by. */
  readonly shrink: Float64Array
  /** Root of `M⁻¹`, `M = I + Σ f f'`, count × count. */
  readonly root: Float64Array
}

/** From the last column of `S` to the first: `z = M⁻¹ f`, the column's divisor `√(1 + f'z)`, then `M ← M + f f'`. */
const plans = (factors: Float64Array, size: number, count: number): Plan => {
  const small = new Float64Array(count * count)
  for (let j = 0; j < count; j++) small[j * count + j] = 1
  const shrink = new Float64Array(size)
  const [f, z] = [new Float64Array(count), new Float64Array(count)]
  const work = new Float64Array(3 * count)
  for (let k = size - 1; k >= 0; k--) {
    for (let j = 0; j < count; j++) f[j] = factors[((j >> 2) * size + k) * 8 + (j & 3)]!
    shrink[k] = 1 / Math.sqrt(rankOne(small, count, f, z, work))
    for (let j = 0; j < count; j++) factors[((j >> 2) * size + k) * 8 + 4 + (j & 3)] = z[j]!
  }
  return { factors, shrink, root: small }
}

/** Carlson's update of the root of `M⁻¹` by one row `f`: gives `1 + f' M⁻¹ f`, and `z = M⁻¹ f` by the old `M`. */
const rankOne = (t: Float64Array, n: number, f: Float64Array, z: Float64Array, work: Float64Array): number => {
  work.fill(0)
  for (let i = 0; i < n; i++) {
    const x = f[i]!
    if (x !== 0) for (let j = 0; j <= i; j++) work[j] = work[j]! + x * t[i * n + j]!
  }
  let alpha = 1
  for (let j = n - 1; j >= 0; j--) {
    const g = work[j]!
    const next = alpha + g * g
    work[n + j] = g / alpha
    work[2 * n + j] = Math.sqrt(alpha / next)
    alpha = next
  }
  for (let i = 0; i < n; i++) {
    let u = 0
    for (let j = i; j >= 0; j--) {
      const s = t[i * n + j]!
      t[i * n + j] = (s - u * work[n + j]!) * work[2 * n + j]!
      u += s * work[j]!
    }
    z[i] = u
  }
  return alpha
}

/** Moves `S` to its new place, two rows at a time, and gives `A_old⁻¹ X' / keep`, size × count. */
const turn = ({ size, root }: InverseRoot, { factors, shrink }: Plan, count: number): Float64Array => {
  const moved = new Float64Array((size + 1) * count)
  const [first, second] = [new Float64Array(size), new Float64Array(size)]
  for (let i = 0; i < size; i += 2) {
    const [r0, r1] = [i * size, (i + 1) * size]
    const last = Math.min(i + 1, size - 1)
    for (let k = 0; k <= last; k++) {
      first[k] = root[r0 + k]!
      second[k] = root[r1 + k]!
    }
    for (let block = 0; block < count / 4; block++)
      pass(root, r0, r1, factors, block * size * 8, last, first, second, moved, i * count + block * 4, count)
    for (let k = 0; k <= last; k++) {
      root[r0 + k] = first[k]! * shrink[k]!
      root[r1 + k] = second[k]! * shrink[k]!
    }
  }
  return moved
}

/** The inner loop: `s ← s - u z`, `u ← u + s f` for two rows of `S` and four rows of `X`, all in registers. */
const pass = (
  root: Float64Array,
  r0: number,
  r1: number,
  factors: Float64Array,
  block: number,
  last: number,
  first: Float64Array,
  second: Float64Array,
  moved: Float64Array,
  at: number,
  count: number
): void => {
  let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let k = last, o = block + 8 * last; k >= 0; k--, o -= 8) {
    const s = root[r0 + k]!
    const t = root[r1 + k]!
    const z0 = factors[o + 4]!
    const z1 = factors[o + 5]!
    const z2 = factors[o + 6]!
    const z3 = factors[o + 7]!
    first[k] = first[k]! - (a0 * z0 + a1 * z1 + (a2 * z2 + a3 * z3))
    second[k] = second[k]! - (b0 * z0 + b1 * z1 + (b2 * z2 + b3 * z3))
    const f0 = factors[o]!
    const f1 = factors[o + 1]!
    const f2 = factors[o + 2]!
    const f3 = factors[o + 3]!
    a0 += s * f0
    a1 += s * f1
    a2 += s * f2
    a3 += s * f3
    b0 += t * f0
    b1 += t * f1
    b2 += t * f2
    b3 += t * f3
  }
  moved[at] = a0
  moved[at + 1] = a1
  moved[at + 2] = a2
  moved[at + 3] = a3
  moved[at + count] = b0
  moved[at + count + 1] = b1
  moved[at + count + 2] = b2
  moved[at + count + 3] = b3
}

/** `A_new⁻¹ X' = (A_old⁻¹ X' / keep) M⁻¹`, as rows. */
const gains = (moved: Float64Array, t: Float64Array, size: number, n: number): Rows => {
  const roots = Table.make(n, t)
  const inverse = Table.make(n, Table.products({ count: n, width: n, values: t }, roots))
  const columns = Table.products({ count: size, width: n, values: moved }, inverse)
  const values = new Float64Array(n * size)
  for (let i = 0; i < size; i++) for (let j = 0; j < n; j++) values[j * size + i] = columns[i * n + j]!
  return { count: n, width: size, values }
}

/** `A⁻¹ x`. */
export const apply = ({ size, root }: InverseRoot, x: Float64Array): Float64Array => {
  const inner = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const value = x[i]!
    for (let k = 0; k <= i; k++) inner[k] = inner[k]! + value * root[i * size + k]!
  }
  const out = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let k = 0; k <= i; k++) sum += root[i * size + k]! * inner[k]!
    out[i] = sum
  }
  return out
}
