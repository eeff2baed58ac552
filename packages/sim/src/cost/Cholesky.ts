/**
 * Cholesky factors of small matrices, row by row in flat arrays. Kernel matrices of 50 modes are factored tens of
 * thousands of times in a fit, and flat arrays without bounds checks decide whether that takes seconds.
 */

/** Lower factor of the symmetric `n × n` matrix, or undefined where it is not positive definite. */
export const factor = (matrix: Float64Array, n: number): Float64Array | undefined => {
  const lower = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!
      if (i !== j) lower[i * n + j] = sum / lower[j * n + j]!
      else if (sum > 0) lower[i * n + i] = Math.sqrt(sum)
      else return undefined
    }
  }
  return lower
}

/** `L y = b`. */
export const forward = (lower: Float64Array, n: number, b: Float64Array): Float64Array => {
  const y = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = b[i]!
    for (let k = 0; k < i; k++) sum -= lower[i * n + k]! * y[k]!
    y[i] = sum / lower[i * n + i]!
  }
  return y
}

/** `Lᵀ x = y`. */
export const backward = (lower: Float64Array, n: number, y: Float64Array): Float64Array => {
  const x = new Float64Array(n)
  for (let i = n - 1; i >= 0; i--) {
    let sum = y[i]!
    for (let k = i + 1; k < n; k++) sum -= lower[k * n + i]! * x[k]!
    x[i] = sum / lower[i * n + i]!
  }
  return x
}

/** `L Lᵀ x = b`. */
export const solve = (lower: Float64Array, n: number, b: Float64Array): Float64Array =>
  backward(lower, n, forward(lower, n, b))

/** The inverse of `L`, lower triangular. */
export const inverseFactor = (lower: Float64Array, n: number): Float64Array => {
  const inverse = new Float64Array(n * n)
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / lower[j * n + j]!
    for (let i = j + 1; i < n; i++) {
      let sum = 0
      for (let k = j; k < i; k++) sum -= lower[i * n + k]! * inverse[k * n + j]!
      inverse[i * n + j] = sum / lower[i * n + i]!
    }
  }
  return inverse
}

/** The inverse of `L Lᵀ`. */
export const inverse = (lower: Float64Array, n: number): Float64Array => {
  const inner = inverseFactor(lower, n)
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = i; k < n; k++) sum += inner[k * n + i]! * inner[k * n + j]!
      out[i * n + j] = sum
      out[j * n + i] = sum
    }
  }
  return out
}
