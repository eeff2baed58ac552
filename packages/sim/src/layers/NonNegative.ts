/**
 * Linear formulas fitted with coefficients that are never negative: least squares of the relative error (FC-NNLS, Van
 * Benthem and Keenan 2004), rows that lie far off counting by their size, not its square (Huber 1964).
 */
import { fcnnls } from "ml-fcnnls"
import { Matrix, pseudoInverse } from "ml-matrix"
import type { Compiled } from "../cost/Formula.ts"

export interface Fitted {
  /** In the formula's order. */
  readonly coefficients: ReadonlyArray<number>
  /** Of the coefficients; zero for those that are zero, which the data left out. */
  readonly covariance: ReadonlyArray<ReadonlyArray<number>>
}

/** Residuals beyond so many deviations count less. */
const bend = 1.345
const rounds = 5

/** `rows` are values of the formula's inputs. Deterministic. */
export const fit = (
  formula: Compiled,
  rows: ReadonlyArray<ReadonlyArray<number>>,
  observed: ReadonlyArray<number>
): Fitted => {
  const relative = rows.map((row, i) => slopes(formula, row).map((slope) => slope / observed[i]!))
  const sizes = formula.coefficients.map((_, k) => Math.max(...relative.map((row) => row[k]!)) || 1)
  const scaled = relative.map((row) => row.map((value, k) => value / sizes[k]!))
  let weights = rows.map(() => 1)
  let solved = solve(scaled, weights)
  for (let round = 0; round < rounds; round++) {
    const off = residuals(scaled, solved)
    // The median of |r| is 0.6745 deviations of a normal distribution.
    const scale = Math.max(1e-9, off.map(Math.abs).toSorted((a, b) => a - b)[off.length >> 1]! / 0.6745)
    weights = off.map((r) => Math.sqrt(1 / Math.max(1, Math.abs(r) / (bend * scale))))
    solved = solve(scaled, weights)
  }
  const spread = covariance(scaled, weights, solved)
  return {
    coefficients: solved.map((value, k) => value / sizes[k]!),
    covariance: spread.map((row, j) => row.map((value, k) => value / (sizes[j]! * sizes[k]!)))
  }
}

/** Derivatives by the coefficients, which are the same wherever they are taken. */
const slopes = (formula: Compiled, row: ReadonlyArray<number>): Array<number> => {
  const out = new Float64Array(formula.coefficients.length)
  formula.gradient(row, out, out)
  return [...out]
}

/** A trace of ridge, so that amounts which always go together have one solution; amounts that never occur stay at zero. */
const ridge = 1e-4

const solve = (rows: ReadonlyArray<ReadonlyArray<number>>, weights: ReadonlyArray<number>): ReadonlyArray<number> => {
  const used = rows[0]!.map((_, k) => k).filter((k) => rows.some((row) => row[k] !== 0))
  const weighted = [
    ...rows.map((row, i) => used.map((k) => row[k]! * weights[i]!)),
    ...used.map((j) => used.map((k) => (j === k ? ridge : 0)))
  ]
  const targets = weighted.map((_, i) => [weights[i] ?? 0])
  const { K } = fcnnls(weighted, targets, { maxIterations: 1000, gradientTolerance: 1e-3 })
  const solved = rows[0]!.map(() => 0)
  used.forEach((k, i) => (solved[k] = K.get(i, 0)))
  return solved
}

/** Relative: one less the share that is explained. */
const residuals = (rows: ReadonlyArray<ReadonlyArray<number>>, solved: ReadonlyArray<number>) =>
  rows.map((row) => 1 - row.reduce((sum, value, k) => sum + value * solved[k]!, 0))

/** `s² (Jᵀ J)⁻¹` over the coefficients that are not zero. */
const covariance = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  weights: ReadonlyArray<number>,
  solved: ReadonlyArray<number>
): ReadonlyArray<ReadonlyArray<number>> => {
  const free = solved.map((_, k) => k).filter((k) => solved[k]! > 0)
  const zeros = solved.map(() => solved.map(() => 0))
  if (free.length === 0) return zeros
  const jacobian = new Matrix(rows.map((row, i) => free.map((k) => row[k]! * weights[i]!)))
  const off = residuals(rows, solved)
  const squares = off.reduce((sum, r, i) => sum + (r * weights[i]!) ** 2, 0)
  const inverse = pseudoInverse(jacobian.transpose().mmul(jacobian)).mul(
    squares / Math.max(1, rows.length - free.length)
  )
  free.forEach((j, a) => free.forEach((k, b) => (zeros[j]![k] = inverse.get(a, b))))
  return zeros
}
