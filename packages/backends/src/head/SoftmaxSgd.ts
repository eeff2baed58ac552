/** Softmax regression by gradient steps on each batch as it comes, each step a share of what the features' length allows. */
import * as Head from "./Head.ts"
import * as Rows from "./Rows.ts"
import * as Saved from "./Saved.ts"
import * as Softmax from "./Softmax.ts"
import * as Table from "./Table.ts"

export interface Config {
  /** Learning rate times the mean squared length of a row. */
  readonly rate: number
  /** On each batch. */
  readonly steps: number
}

export const defaults: Config = { rate: 3, steps: 10 }

export const make =
  (options: Partial<Config> = {}): Head.Make =>
  (width, state) => {
    const config = { ...defaults, ...options }
    const weights = Table.make(width + 1, state === undefined ? undefined : Saved.values(state, "weights"))
    let known = state === undefined ? new Float64Array(0) : Saved.values(state, "known")
    return {
      scores: (rows) => ({
        classes: weights.count,
        logits: logits(weights, known, Rows.withOne(Rows.answerable(rows)))
      }),
      learn: (rows, labels) => {
        const sound = Rows.learnable(rows, labels)
        known = Head.mark(known, sound.labels)
        Table.grow(weights, known.length)
        for (const piece of Rows.pieces(Rows.withOne(sound.rows), sound.labels))
          learn(config, weights, known, piece.rows, piece.labels)
      },
      state: () => ({ weights: Table.content(weights), known: known.slice() })
    }
  }

const logits = (weights: Table.Table, known: Float64Array, rows: Rows.Rows): Float64Array => {
  const values = Table.products(rows, weights)
  for (let i = 0; i < values.length; i++) if (known[i % weights.count] !== 1) values[i] = -Infinity
  return values
}

/**
 * Steps `W ← W - rate · Σ (p - y) x' / Σ |x|²`: stable up to a rate of 4, as the Hessian is at most `Σ |x|² / 2`. They add
 * multiples of the same rows, so logits follow from the products of the rows with each other, and `W` is touched once.
 */
const learn = (
  { rate, steps }: Config,
  weights: Table.Table,
  known: Float64Array,
  rows: Rows.Rows,
  labels: Int32Array
): void => {
  const { count: classes } = weights
  const gram = Table.products(rows, Table.make(rows.width, rows.values))
  const start = logits(weights, known, rows)
  const multiples = Table.make(classes, new Float64Array(rows.count * classes))
  for (let i = 0; i < steps; i++) {
    const now = Table.make(classes, start.slice())
    Table.add(now, gram, { count: rows.count, width: classes, values: multiples.values })
    step(now.values, classes, labels, rate / trace(gram, rows.count), multiples.values)
  }
  Table.add(weights, multiples.values, rows)
}

/** Takes the gradient by the logits, times a rate, off the multiples. */
const step = (
  scores: Float64Array,
  classes: number,
  labels: Int32Array,
  rate: number,
  multiples: Float64Array
): void => {
  for (let i = 0; i < labels.length; i++) {
    const row = scores.subarray(i * classes, (i + 1) * classes)
    Softmax.probabilities(row, row)
    row[labels[i]!] = row[labels[i]!]! - 1
    for (let c = 0; c < classes; c++) multiples[i * classes + c] = multiples[i * classes + c]! - rate * row[c]!
  }
}

const trace = (gram: Float64Array, size: number): number => {
  let sum = 0
  for (let i = 0; i < size; i++) sum += gram[i * (size + 1)]!
  return sum
}
