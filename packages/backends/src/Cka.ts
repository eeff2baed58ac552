/**
 * Centred kernel alignment of two representations of the same n inputs, from their Gram matrices `X X'` (n x n, rows
 * one after the other). 1: equal up to rotation and scale. The unbiased form is near 0 for independent ones; the biased
 * one is near 1 when n is much smaller than the number of features, so it says little of a small probe.
 */

/** Square, symmetric, row-major; its side is the root of its length. */
export type Gram = Float32Array | Float64Array

/** `HSIC0 = tr(KHLH) / (n - 1)^2` with `H = I - 11'/n` (Gretton et al. 2005, eq. 9). */
export const biasedHsic = (k: Gram, l: Gram): number => {
  const n = side(k, l)
  const [rowsK, rowsL] = [rowSums(k, n, true), rowSums(l, n, true)]
  const trace = dot(k, l) - (2 / n) * dot(rowsK, rowsL) + (sum(rowsK) * sum(rowsL)) / n ** 2
  return trace / (n - 1) ** 2
}

/** `HSIC1` with zeroed diagonals, n >= 4 (Song et al. 2012; Nguyen, Raghu, Kornblith 2021, eq. 3). Can be negative. */
export const unbiasedHsic = (k: Gram, l: Gram): number => {
  const n = side(k, l)
  if (n < 4) throw new Error(`the unbiased HSIC needs a probe of at least 4 examples, not ${n}`)
  const [rowsK, rowsL] = [rowSums(k, n, false), rowSums(l, n, false)]
  const trace = dot(k, l) - diagonalDot(k, l, n)
  const means = (sum(rowsK) * sum(rowsL)) / ((n - 1) * (n - 2))
  return (trace + means - (2 / (n - 2)) * dot(rowsK, rowsL)) / (n * (n - 3))
}

/** Kornblith et al. 2019, eq. 2, with this estimator of HSIC. NaN where a representation does not vary at all. */
export const alignment = (hsic: (k: Gram, l: Gram) => number, k: Gram, l: Gram): number =>
  hsic(k, l) / Math.sqrt(hsic(k, k) * hsic(l, l))

export const biased = (k: Gram, l: Gram): number => alignment(biasedHsic, k, l)

export const unbiased = (k: Gram, l: Gram): number => alignment(unbiasedHsic, k, l)

const side = (k: Gram, l: Gram): number => {
  const n = Math.sqrt(k.length)
  if (!Number.isInteger(n) || k.length !== l.length)
    throw new Error(`Gram matrices of ${k.length} and ${l.length} numbers are not square and of one size`)
  return n
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!
  return total
}

const diagonalDot = (k: Gram, l: Gram, n: number): number => {
  let total = 0
  for (let i = 0; i < n; i++) total += k[i * n + i]! * l[i * n + i]!
  return total
}

const sum = (a: Float64Array): number => a.reduce((total, value) => total + value, 0)

const rowSums = (k: Gram, n: number, diagonal: boolean): Float64Array => {
  const sums = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let total = diagonal ? 0 : -k[i * n + i]!
    for (let j = 0; j < n; j++) total += k[i * n + j]!
    sums[i] = total
  }
  return sums
}
