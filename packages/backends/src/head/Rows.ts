/** Feature vectors, one a row: `count` rows of `width` numbers, one after the other. */

export interface Rows {
  readonly count: number
  readonly width: number
  readonly values: Float64Array
}

export const of = (values: ArrayLike<number>, width: number): Rows => ({
  count: values.length / width,
  width,
  values: Float64Array.from(values)
})

/** Numbers beyond this, infinite or not a number say nothing: their squares would drown or poison every statistic. */
const largest = 1e9

const usable = (value: number): boolean => Math.abs(value) <= largest

const whole = ({ values }: Rows): boolean => {
  for (let i = 0; i < values.length; i++) if (!usable(values[i]!)) return false
  return true
}

/** What can be learnt: a row with an unusable number is left out with its label. A label is a whole number from 0 on. */
export const learnable = (rows: Rows, labels: Int32Array): { readonly rows: Rows; readonly labels: Int32Array } => {
  if (labels.length !== rows.count) throw new Error(`${labels.length} labels for ${rows.count} rows of features`)
  if (labels.some((label) => label < 0)) throw new Error("a label is a whole number from 0 on, and one is negative")
  if (whole(rows)) return { rows, labels }
  const kept = [...labels.keys()].filter((i) => whole(slice(rows, i, i + 1)))
  return { rows: take(rows, kept), labels: Int32Array.from(kept, (i) => labels[i]!) }
}

/** What can be answered: an unusable number counts as 0, the mean of a standardised feature. */
export const answerable = (rows: Rows): Rows =>
  whole(rows) ? rows : { ...rows, values: rows.values.map((value) => (usable(value) ? value : 0)) }

export const take = ({ width, values }: Rows, positions: ReadonlyArray<number>): Rows => {
  const taken = new Float64Array(positions.length * width)
  positions.forEach((from, i) => taken.set(values.subarray(from * width, (from + 1) * width), i * width))
  return { count: positions.length, width, values: taken }
}

/** Rows `from` to `to`, sharing the numbers. */
export const slice = ({ width, values }: Rows, from: number, to: number): Rows => ({
  count: to - from,
  width,
  values: values.subarray(from * width, to * width)
})

/** With a last feature that is always 1. */
export const withOne = ({ count, width, values }: Rows): Rows => {
  const wider = new Float64Array(count * (width + 1)).fill(1)
  for (let i = 0; i < count; i++) wider.set(values.subarray(i * width, (i + 1) * width), i * (width + 1))
  return { count, width: width + 1, values: wider }
}

/** Pieces of at most `most` rows, in order: the small systems of an update grow with the square of its rows. */
export const pieces = (rows: Rows, labels: Int32Array, most = 32) =>
  Array.from({ length: Math.ceil(rows.count / most) }, (_, i) => {
    const [from, to] = [i * most, Math.min(rows.count, (i + 1) * most)]
    return { rows: slice(rows, from, to), labels: labels.subarray(from, to) }
  })
