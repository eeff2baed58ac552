/** How far values that were foretold are from what was, and how often intervals hold it. */
import * as Measure from "./Measure.ts"

/** Nine in ten of the values that were drawn lie from `low` to `high`. */
export interface Foretold {
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface Pair {
  readonly foretold: Foretold
  readonly was: number
}

/** Errors as in `Measure.error`. */
export interface Figures {
  readonly runs: number
  /** Of absolute errors: what half of them, and nine in ten, do not exceed. */
  readonly median: number
  readonly p90: number
  /** The mean error: positive where too much was foretold. */
  readonly bias: number
  /** Share of runs inside their 90 % intervals. */
  readonly coverage90: number
}

/** Undefined of nothing. */
export const figures = (measure: Measure.Measure, pairs: ReadonlyArray<Pair>): Figures | undefined => {
  if (pairs.length === 0) return undefined
  const errors = pairs.map(({ foretold, was }) => Measure.error(measure, foretold.value, was))
  const sizes = errors.map(Math.abs).toSorted((a, b) => a - b)
  return {
    runs: pairs.length,
    median: rank(sizes, 0.5),
    p90: rank(sizes, 0.9),
    bias: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    coverage90: pairs.filter(holds).length / pairs.length
  }
}

/** The least of sorted values that at least this share does not exceed. */
const rank = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!

/** Sums of the same seconds in another order differ in their last digits. */
const holds = ({ foretold: { low, high }, was }: Pair): boolean => {
  const margin = 1e-9 * Math.abs(was)
  return was >= low - margin && was <= high + margin
}

/**
 * Of `n` draws the interval between the k-th from below and the k-th from above holds one more draw with probability
 * 1 − 2k / (n + 1): nine in ten for 19, 39 or 99 draws.
 */
export const foretold = (drawn: ReadonlyArray<number>): Foretold => {
  const sorted = drawn.toSorted((a, b) => a - b)
  const k = Math.max(1, Math.round(0.05 * (sorted.length + 1)))
  const value = sorted.reduce((sum, one) => sum + one, 0) / sorted.length
  return { value, low: sorted[k - 1]!, high: sorted.at(-k)! }
}
