/**
 * Ridge regression on one-hot labels with forgetting, as recursive least squares in blocks:
 * `A ← keep A + X'X + ridge`, `W ← W + A⁻¹ X' (Y - X W)`, the ridge being pseudo-rows with target 0. A class that comes
 * late starts from zero, which is what its past labels were: the result is that of a full solve.
 */
import * as Head from "./Head.ts"
import * as InverseRoot from "./InverseRoot.ts"
import * as Rows from "./Rows.ts"
import * as Saved from "./Saved.ts"
import * as Table from "./Table.ts"

export interface Config {
  /** Samples; `Infinity` forgets nothing. */
  readonly memory: number
  /** Ridge, as a share of the scatter's weight. */
  readonly ridge: number
  /** From a regression's value, about 0 to 1, to a logit. */
  readonly sharpness: number
}

export const defaults: Config = { memory: Infinity, ridge: 0.1, sharpness: 8 }

export const make =
  (options: Partial<Config> = {}): Head.Make =>
  (width, state) => {
    const config = { ...defaults, ...options }
    const size = width + 1
    const scatter = state === undefined ? InverseRoot.make(size, config.ridge) : Saved.inverse(state, "scatter", size)
    const weights = Table.make(size, state === undefined ? undefined : Saved.values(state, "weights"))
    let known = state === undefined ? new Float64Array(0) : Saved.values(state, "known")
    return {
      scores: (rows) => ({
        classes: weights.count,
        logits: Table.products(Rows.withOne(Rows.answerable(rows)), weights).map((value, i) =>
          known[i % weights.count] === 1 ? config.sharpness * value : -Infinity
        )
      }),
      learn: (rows, labels) => {
        const sound = Rows.learnable(rows, labels)
        known = Head.mark(known, sound.labels)
        Table.grow(weights, known.length)
        for (const piece of Rows.pieces(Rows.withOne(sound.rows), sound.labels))
          learn(config, scatter, weights, piece.rows, piece.labels)
      },
      state: () => ({
        ...Saved.fromInverse("scatter", scatter),
        weights: Table.content(weights),
        known: known.slice()
      })
    }
  }

const learn = (
  { memory, ridge }: Config,
  scatter: InverseRoot.InverseRoot,
  weights: Table.Table,
  rows: Rows.Rows,
  labels: Int32Array
): void => {
  const news = { rows, weight: rows.count, keep: Head.kept(memory, rows.count), share: ridge }
  const update = InverseRoot.update(scatter, news)
  const errors = Table.products(update.rows, weights)
  for (let i = 0; i < errors.length; i++) errors[i] = -errors[i]!
  labels.forEach((label, i) => (errors[i * weights.count + label] = errors[i * weights.count + label]! + 1))
  Table.add(weights, errors, update.gain)
}
