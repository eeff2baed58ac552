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

export const defaults: Config = { rate: 1, steps: 4 }

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
          for (let i = 0; i < config.steps; i++) step(config, weights, known, piece.rows, piece.labels)
      },
      state: () => ({ weights: Table.content(weights), known: known.slice() })
    }
  }

const logits = (weights: Table.Table, known: Float64Array, rows: Rows.Rows): Float64Array =>
  Table.products(rows, weights).map((value, i) => (known[i % weights.count] === 1 ? value : -Infinity))

/** `W ← W - rate · mean (p - y) x' / mean |x|²`: stable up to a rate of 4, as the Hessian is at most `mean |x|² / 2`. */
const step = (
  { rate }: Config,
  weights: Table.Table,
  known: Float64Array,
  rows: Rows.Rows,
  labels: Int32Array
): void => {
  const { count: classes } = weights
  const gradient = logits(weights, known, rows)
  const length = Table.dot(rows.values, 0, rows.values, 0, rows.values.length)
  labels.forEach((label, i) => {
    const row = gradient.subarray(i * classes, (i + 1) * classes)
    Softmax.probabilities(row, row)
    row[label] = row[label]! - 1
    for (let c = 0; c < classes; c++) row[c] = (-rate / length) * row[c]!
  })
  Table.add(weights, gradient, rows)
}
