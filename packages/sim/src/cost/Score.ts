/** How well predictions agree with measurements. */
import type { Estimate } from "./CostFit.ts"

export interface Scores {
  /** Mean absolute relative error. */
  readonly mape: number
  /** Mean relative error: positive where predictions are too large. */
  readonly bias: number
  /** The absolute relative error that nine in ten stay below. */
  readonly p90: number
}

export interface Covered {
  /** Share of measurements inside their interval. */
  readonly coverage: number
  /** Mean half width of the intervals, relative to the prediction. */
  readonly width: number
}

export const errors = (predicted: ReadonlyArray<number>, measured: ReadonlyArray<number>): Scores => {
  const relative = predicted.map((value, i) => value / measured[i]! - 1)
  const sorted = relative.map(Math.abs).toSorted((a, b) => a - b)
  return {
    mape: average(sorted),
    bias: average(relative),
    p90: sorted[Math.min(sorted.length - 1, Math.ceil(0.9 * sorted.length) - 1)] ?? NaN
  }
}

export const covered = (intervals: ReadonlyArray<Estimate>, measured: ReadonlyArray<number>): Covered => ({
  coverage: average(intervals.map(({ low, high }, i) => (measured[i]! >= low && measured[i]! <= high ? 1 : 0))),
  width: average(intervals.map(({ value, low, high }) => (high - low) / (2 * value)))
})

export const average = (values: ReadonlyArray<number>) => values.reduce((sum, v) => sum + v, 0) / values.length
