/**
 * Nonlinear least squares (Levenberg, 1944; Marquardt, 1963) with a numerical Jacobian, for the few dozen parameters of a
 * surrogate. Deterministic.
 */
import * as Cholesky from "../cost/Cholesky.ts"

export interface Fitted {
  readonly at: Float64Array
  /** Half the sum of squared residuals. */
  readonly value: number
  /** Inverse of `Jᵀ J` at the end. */
  readonly covariance: Float64Array
}

/** Residuals at a point, always as many; a new array each time. */
export type Residuals = (at: Float64Array) => Float64Array

export const fit = (residuals: Residuals, start: Float64Array, iterations: number): Fitted => {
  const n = start.length
  let at = start.slice()
  let now = residuals(at)
  let value = half(now)
  let damping = 1e-2
  let { gram, gradient } = normal(residuals, at, now)
  for (let i = 0; i < iterations; i++) {
    const moved = move(gram, gradient, n, damping)
    const next = at.map((x, k) => x + moved[k]!)
    const reached = residuals(next)
    const lower = half(reached)
    if (!(lower < value)) {
      damping *= 8
      if (damping > 1e8) break
      continue
    }
    const gained = (value - lower) / value
    ;[at, now, value] = [next, reached, lower]
    damping = Math.max(1e-7, damping / 5)
    ;({ gram, gradient } = normal(residuals, at, now))
    if (gained < 1e-7) break
  }
  return { at, value, covariance: inverse(gram, n) }
}

const half = (values: Float64Array) => {
  let sum = 0
  for (const value of values) sum += value * value
  return sum / 2
}

/** Steps of the numerical derivative. */
const width = 1e-5

const normal = (residuals: Residuals, at: Float64Array, now: Float64Array) => {
  const n = at.length
  const columns = Array.from({ length: n }, (_, k) => {
    const moved = at.slice()
    moved[k]! += width
    return residuals(moved).map((value, i) => (value - now[i]!) / width)
  })
  const gram = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) gram[i * n + j] = gram[j * n + i] = dot(columns[i]!, columns[j]!)
  }
  return { gram, gradient: Float64Array.from(columns, (column) => dot(column, now)) }
}

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

const move = (gram: Float64Array, gradient: Float64Array, n: number, damping: number): Float64Array => {
  const damped = gram.slice()
  for (let i = 0; i < n; i++) damped[i * n + i]! += damping * gram[i * n + i]! + 1e-12
  const lower = Cholesky.factor(damped, n)
  return lower === undefined ? new Float64Array(n) : Cholesky.solve(lower, n, gradient).map((x) => -x)
}

const inverse = (gram: Float64Array, n: number): Float64Array => {
  const kept = gram.slice()
  for (let i = 0; i < n; i++) kept[i * n + i]! += 1e-9
  const lower = Cholesky.factor(kept, n)
  return lower === undefined ? new Float64Array(n * n) : Cholesky.inverse(lower, n)
}
