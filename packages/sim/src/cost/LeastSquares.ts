/**
 * A formula fitted alone, without a residual model: coefficients within their ranges by least squares of the relative
 * error, robust (Huber 1964) and from several starts. Deterministic. For reading coefficients and trying formulas;
 * `CostFit` predicts better.
 */
import { levenbergMarquardt } from "ml-levenberg-marquardt"
import { Matrix, pseudoInverse } from "ml-matrix"
import type { Compiled } from "./Formula.ts"
import * as Start from "./Start.ts"

export interface Fitted {
  readonly coefficients: Readonly<Record<string, number>>
  /** Relative to the coefficient. One at the end of its range, or that rows do not tell apart, has a large one. */
  readonly standardErrors: Readonly<Record<string, number>>
  /** `log(observed / fitted)`. */
  readonly residuals: ReadonlyArray<number>
}

/** Residuals beyond so many deviations count by their size, not its square. */
const bend = 1.345

/** Exponents and shares to begin with. */
const starts = [
  [1.2, 0.5],
  [2.5, 0.5],
  [5, 0.7]
] as const

export const fit = (
  formula: Compiled,
  rows: ReadonlyArray<ArrayLike<number>>,
  observed: ReadonlyArray<number>
): Fitted => {
  const logs = observed.map(Math.log)
  const tried = (Start.isLinear(formula, rows) ? starts.slice(0, 1) : starts).map(([exponent, share]) =>
    robust(formula, rows, logs, Array.from(Start.coefficients(formula, rows, observed, exponent, share), Math.log))
  )
  const best = tried.reduce((a, b) => (b.loss < a.loss ? b : a))
  const errors = standardErrors(formula, rows, best)
  const named = (values: ReadonlyArray<number>) =>
    Object.fromEntries(formula.coefficients.map((name, i) => [name, values[i]!]))
  return { coefficients: named(best.at.map(Math.exp)), standardErrors: named(errors), residuals: best.residuals }
}

interface Tried {
  readonly at: ReadonlyArray<number>
  readonly residuals: ReadonlyArray<number>
  readonly scale: number
  readonly loss: number
}

/** Reweighted three times: after that the weights hardly change. Starts are compared by the sum of absolute residuals. */
const robust = (
  formula: Compiled,
  rows: ReadonlyArray<ArrayLike<number>>,
  logs: ReadonlyArray<number>,
  start: ReadonlyArray<number>
): Tried => {
  const ranges = formula.coefficients.map((name) => formula.formula.symbols[name]!.range)
  const value = (at: ReadonlyArray<number>) => {
    const coefficients = at.map(Math.exp)
    return (i: number) => Math.log(formula.value(rows[i]!, coefficients))
  }
  const data = { x: logs.map((_, i) => i), y: Array.from(logs) }
  const judge = (at: ReadonlyArray<number>): Tried => {
    const at_ = value(at)
    const residuals = logs.map((y, i) => y - at_(i))
    // The median of |r| is 0.6745 deviations of a normal distribution.
    const scale = Math.max(1e-9, residuals.map(Math.abs).toSorted((a, b) => a - b)[logs.length >> 1]! / 0.6745)
    return { at, residuals, scale, loss: residuals.reduce((sum, r) => sum + Math.abs(r), 0) }
  }
  let best = judge(start)
  for (let round = 0; round < 3; round++) {
    const { parameterValues } = levenbergMarquardt(data, value, {
      initialValues: Array.from(best.at),
      minValues: ranges.map(([low]) => Math.log(low)),
      maxValues: ranges.map(([, high]) => Math.log(high)),
      // The library squares and inverts what it calls weights: they are deviations.
      weights: best.residuals.map((r) => (round === 0 ? 1 : Math.sqrt(Math.max(1, Math.abs(r) / (bend * best.scale))))),
      damping: 1e-2,
      gradientDifference: 1e-5,
      centralDifference: true,
      maxIterations: 100,
      errorTolerance: 1e-12
    })
    const next = judge(parameterValues)
    if (next.residuals.every(Number.isFinite) && (round > 0 || next.loss <= best.loss)) best = next
  }
  return best
}

/** `s sqrt(diag (Jᵀ J)⁻¹)`, derivatives of the logarithm by the coefficients' logarithms. */
const standardErrors = (formula: Compiled, rows: ReadonlyArray<ArrayLike<number>>, { at, residuals }: Tried) => {
  const coefficients = at.map(Math.exp)
  const out = new Float64Array(at.length)
  const slopes = new Matrix(
    rows.map((row) => {
      const value = formula.gradient(row, coefficients, out)
      return Array.from(out, (slope, k) => (slope * coefficients[k]!) / value)
    })
  )
  const freedom = Math.max(1, rows.length - at.length)
  const variance = residuals.reduce((sum, r) => sum + r * r, 0) / freedom
  const gram = slopes.transpose().mmul(slopes)
  const inverse = pseudoInverse(gram)
  return at.map((_, k) => {
    const known = gram.get(k, k) > 1e-12
    return known ? Math.sqrt(Math.max(0, variance * inverse.get(k, k))) : Number.MAX_VALUE
  })
}
