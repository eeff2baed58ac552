/** Where a fit begins: coefficients of the right size, found without derivatives. */
import { fcnnls } from "ml-fcnnls"
import type { Compiled } from "./Formula.ts"

/**
 * Non-negative least squares (Van Benthem and Keenan 2004, FC-NNLS) where the formula is linear in its coefficients;
 * otherwise the scale at which each coefficient alone explains `share` of the middle observation, exponents at `exponent`.
 * Rows count relatively: weights `1 / observed`.
 */
export const coefficients = (
  formula: Compiled,
  rows: ReadonlyArray<ArrayLike<number>>,
  observed: ReadonlyArray<number>,
  exponent = 2.5,
  share = 0.5
): Float64Array =>
  isLinear(formula, rows) ? linear(formula, rows, observed) : alone(formula, rows, observed, exponent, share)

const rangeOf = (formula: Compiled, i: number) => formula.formula.symbols[formula.coefficients[i]!]!.range

const isExponent = (formula: Compiled, i: number) => formula.formula.symbols[formula.coefficients[i]!]!.unit === ""

/** Linear, if the derivatives are the same at two places. */
export const isLinear = (formula: Compiled, rows: ReadonlyArray<ArrayLike<number>>): boolean => {
  const count = formula.coefficients.length
  const [one, other] = [new Float64Array(count), new Float64Array(count)]
  const near = new Float64Array(count).fill(1)
  const far = near.map((_, i) => 2 + i / 7)
  return rows.slice(0, 3).every((row) => {
    formula.gradient(row, near, one)
    formula.gradient(row, far, other)
    const value = formula.value(row, far)
    const whole = one.reduce((sum, g, i) => sum + g * far[i]!, 0)
    return one.every((g, i) => Math.abs(g - other[i]!) <= 1e-9 * Math.abs(g)) && Math.abs(whole - value) <= 1e-9 * value
  })
}

const linear = (
  formula: Compiled,
  rows: ReadonlyArray<ArrayLike<number>>,
  observed: ReadonlyArray<number>
): Float64Array => {
  const count = formula.coefficients.length
  const ones = new Float64Array(count).fill(1)
  const relative = rows.map((row, k) => {
    const gradient = new Float64Array(count)
    formula.gradient(row, ones, gradient)
    return gradient.map((g) => g / observed[k]!)
  })
  const size = ones.map((_, i) => relative.reduce((sum, row) => sum + row[i]!, 0) / rows.length)
  const scaled = relative.map((row) => Array.from(row, (v, i) => v / size[i]!))
  const solved = fcnnls(
    scaled,
    scaled.map(() => [1]),
    { maxIterations: 200 }
  ).K
  // A share of a percent keeps every coefficient where the logarithm can find it.
  return size.map((s, i) => Math.max(solved.get(i, 0), 0.01) / s)
}

const alone = (
  formula: Compiled,
  rows: ReadonlyArray<ArrayLike<number>>,
  observed: ReadonlyArray<number>,
  exponent: number,
  share: number
): Float64Array => {
  const count = formula.coefficients.length
  const low = Float64Array.from({ length: count }, (_, i) => {
    const { range, begin } = formula.formula.symbols[formula.coefficients[i]!]!
    return isExponent(formula, i) ? (begin ?? Math.min(range[1], Math.max(range[0], exponent))) : range[0]
  })
  return low.map((value, i) => (isExponent(formula, i) ? value : scale(formula, rows, observed, low, i, share)))
}

/** Bisection in the logarithm: the value grows with the coefficient. */
const scale = (
  formula: Compiled,
  rows: ReadonlyArray<ArrayLike<number>>,
  observed: ReadonlyArray<number>,
  others: Float64Array,
  i: number,
  share: number
): number => {
  const at = others.slice()
  let [low, high] = rangeOf(formula, i)
  for (let step = 0; step < 60; step++) {
    at[i] = Math.sqrt(low * high)
    const ratios = rows.map((row, k) => formula.value(row, at) / observed[k]!).toSorted((a, b) => a - b)
    if (ratios[ratios.length >> 1]! < share) low = at[i]!
    else high = at[i]!
  }
  return Math.sqrt(low * high)
}
