/**
 * A formula with a Gaussian process on the logarithm of its residual: `log y = log f(x; c) + g(z(x)) + ε`. The
 * coefficients `c` and the kernel's scales are found together, as the most probable ones under wide log-normal priors
 * (Rasmussen and Williams 2006, sections 2.7 and 5.4.1); the spread includes the coefficients' own uncertainty, to first
 * order. Kernel: Matérn 5/2 with one length for each feature.
 *
 * Assumes positive quantities, and errors that are relative. Far from the rows it returns to the formula.
 */
import { inverse, Matrix } from "ml-matrix"
import * as Cholesky from "./Cholesky.ts"
import type { Compiled } from "./Formula.ts"
import { minimise } from "./Minimise.ts"
import * as Posterior from "./Posterior.ts"
import * as Start from "./Start.ts"

/** A row: the formula's inputs, and the features that say which rows are alike. */
export interface Row {
  readonly inputs: ArrayLike<number>
  readonly features: Posterior.Features
}

/** All that a fit decided, plain numbers: logarithms of coefficients, amplitude, noise and lengths, and their priors. */
export interface Parameters {
  readonly logs: ReadonlyArray<number>
  readonly centres: ReadonlyArray<number>
  /** Standard deviations of the priors. */
  readonly widths: ReadonlyArray<number>
}

export interface Prediction {
  /** Logarithm of the quantity. */
  readonly mean: number
  /** Standard deviation of the logarithm of a new observation. */
  readonly spread: number
}

export interface Model {
  readonly formula: Compiled
  readonly parameters: Parameters
  readonly coefficients: Float64Array
  /** Variance of the noise of one observation, relative. */
  readonly noise: number
  readonly rows: ReadonlyArray<Row>
  /** What each row's kernel counts for in the mean. */
  readonly weights: Float64Array
  readonly mean: (row: Row) => number
  readonly predict: (row: Row) => Prediction
  /** Prior covariance of two rows' logarithms. */
  readonly covariance: (a: Place, b: Place) => number
  readonly place: (row: Row) => Place
}

type Place = Posterior.Place

const root5 = Math.sqrt(5)
const jitter = 1e-8

/** Standard deviations of the priors, in logarithms: coefficients, amplitude, noise, lengths. */
const width = { coefficient: 1.5, amplitude: 1, noise: 0.8, length: 1 }

/** Finds coefficients and scales. `from` continues from another fit's parameters, keeping its priors. */
export const fit = (
  formula: Compiled,
  rows: ReadonlyArray<Row>,
  observed: ReadonlyArray<number>,
  options: { readonly from?: Parameters; readonly iterations?: number } = {}
): Model => {
  const logs = observed.map(Math.log)
  const begin = options.from ?? initial(formula, rows, observed)
  const objective = likelihood(formula, rows, logs, begin)
  const found = minimise(objective, Float64Array.from(begin.logs), options.iterations ?? 80)
  return condition(formula, rows, observed, { ...begin, logs: Array.from(found.at) })
}

const initial = (formula: Compiled, rows: ReadonlyArray<Row>, observed: ReadonlyArray<number>): Parameters => {
  const inputs = rows.map((row) => row.inputs)
  const coefficients = Array.from(Start.coefficients(formula, inputs, observed), Math.log)
  const sizes = rows[0]!.features.map((_, k) => Math.max(0.05, deviation(rows.map((row) => row.features[k]!))))
  return {
    logs: [...coefficients, Math.log(0.1), Math.log(0.02), ...sizes.map((s) => Math.log(2 * s))],
    centres: [...coefficients, Math.log(0.1), Math.log(0.015), ...sizes.map((s) => Math.log(2.5 * s))],
    widths: [
      ...coefficients.map(() => width.coefficient),
      width.amplitude,
      width.noise,
      ...sizes.map(() => width.length)
    ]
  }
}

const deviation = (values: ReadonlyArray<number>) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)
}

const matern = (distance: number) =>
  (1 + root5 * distance + (5 / 3) * distance * distance) * Math.exp(-root5 * distance)

/** Minus the logarithm of likelihood times prior, with its gradient. */
const likelihood = (formula: Compiled, rows: ReadonlyArray<Row>, logs: ReadonlyArray<number>, begin: Parameters) => {
  const n = rows.length
  const p = formula.coefficients.length
  const d = rows[0]!.features.length
  const apart = squares(rows, d)
  const [kernel, inner] = [new Float64Array(n * n), new Float64Array(n * n)]
  const slopes = Array.from({ length: n }, () => new Float64Array(p))
  return (at: Float64Array, out: Float64Array): number => {
    out.fill(0)
    const amplitude = Math.exp(2 * at[p]!)
    const noise = Math.exp(2 * at[p + 1]!)
    const scales = at.subarray(p + 2).map((v) => Math.exp(-2 * v))
    fill(kernel, inner, apart, { n, amplitude, noise, scales })
    const lower = Cholesky.factor(kernel, n)
    if (lower === undefined) return Infinity
    const residual = residuals(formula, rows, logs, at, slopes)
    const weights = Cholesky.solve(lower, n, residual)
    const precision = Cholesky.inverse(lower, n)
    let value = 0
    for (let i = 0; i < n; i++) value += 0.5 * residual[i]! * weights[i]! + Math.log(lower[i * n + i]!)
    for (let i = 0; i < n; i++) for (let k = 0; k < p; k++) out[k]! -= weights[i]! * slopes[i]![k]!
    for (let i = 0, pair = 0; i < n; i++) {
      for (let j = 0; j < i; j++, pair++) {
        const share = precision[i * n + j]! - weights[i]! * weights[j]!
        out[p]! += 2 * share * kernel[i * n + j]!
        const bend = share * inner[i * n + j]!
        for (let k = 0; k < d; k++) out[p + 2 + k]! += bend * apart[pair * d + k]! * scales[k]!
      }
      const own = 0.5 * (precision[i * n + i]! - weights[i]! * weights[i]!)
      out[p]! += 2 * own * amplitude
      out[p + 1]! += 2 * own * noise
    }
    return value + prior(at, begin, out)
  }
}

const squares = (rows: ReadonlyArray<Row>, d: number) => {
  const out = new Float64Array((d * rows.length * (rows.length - 1)) / 2)
  let place = 0
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i; j++) {
      for (let k = 0; k < d; k++) out[place++] = (rows[i]!.features[k]! - rows[j]!.features[k]!) ** 2
    }
  }
  return out
}

interface Scales {
  readonly n: number
  readonly amplitude: number
  readonly noise: number
  readonly scales: Float64Array
}

/** The kernel matrix, and what multiplies squared distances in its derivatives by the lengths. */
const fill = (kernel: Float64Array, inner: Float64Array, apart: Float64Array, s: Scales) => {
  const d = s.scales.length
  for (let i = 0, pair = 0; i < s.n; i++) {
    for (let j = 0; j < i; j++, pair++) {
      let square = 0
      for (let k = 0; k < d; k++) square += apart[pair * d + k]! * s.scales[k]!
      const distance = root5 * Math.sqrt(square)
      const decay = s.amplitude * Math.exp(-distance)
      const value = (1 + distance + (distance * distance) / 3) * decay
      kernel[i * s.n + j] = value
      kernel[j * s.n + i] = value
      inner[i * s.n + j] = (5 / 3) * (1 + distance) * decay
    }
    kernel[i * s.n + i] = s.amplitude + s.noise + jitter
  }
}

/** `log y − log f`; writes the derivatives of `log f` by the coefficients' logarithms. */
const residuals = (
  formula: Compiled,
  rows: ReadonlyArray<Row>,
  logs: ReadonlyArray<number>,
  at: ArrayLike<number>,
  slopes: ReadonlyArray<Float64Array>
) => {
  const coefficients = bounded(formula, at)
  return Float64Array.from(rows, (row, i) => logs[i]! - logValue(formula, row, coefficients, slopes[i]!))
}

const logValue = (formula: Compiled, row: Row, coefficients: Float64Array, slopes: Float64Array) => {
  const value = formula.gradient(row.inputs, coefficients, slopes)
  for (let k = 0; k < slopes.length; k++) slopes[k]! *= coefficients[k]! / value
  return Math.log(value)
}

/** Coefficients from their logarithms, kept in the formula's ranges. */
const bounded = (formula: Compiled, logs: ArrayLike<number>) =>
  Float64Array.from(formula.coefficients, (name, i) => {
    const [low, high] = formula.formula.symbols[name]!.range
    return Math.min(high, Math.max(low, Math.exp(logs[i]!)))
  })

const prior = (at: Float64Array, { centres, widths }: Parameters, out: Float64Array) => {
  let value = 0
  for (let k = 0; k < at.length; k++) {
    const off = (at[k]! - centres[k]!) / widths[k]!
    value += 0.5 * off * off
    out[k]! += off / widths[k]!
  }
  return value
}

/** What a fit of another workload or board lets expect here: shapes stay more than sizes do. */
const inherited = { size: 0.5, exponent: 0.3, scale: 0.5 }

/**
 * Parameters to begin from, and priors, from a model of another workload or board. `ratios` multiplies coefficients
 * whose change is known (`G` by the ratio of GPU lanes); one factor common to all sizes is found from the rows.
 */
export const transferred = (
  { formula, parameters }: Model,
  rows: ReadonlyArray<Row>,
  observed: ReadonlyArray<number>,
  ratios: Readonly<Record<string, number>> = {}
): Parameters => {
  const p = formula.coefficients.length
  const logs = parameters.logs.map((v, k) => v + Math.log(ratios[formula.coefficients[k] ?? ""] ?? 1))
  const coefficients = bounded(formula, logs)
  const off = rows.map((row, i) => Math.log(observed[i]! / formula.value(row.inputs, coefficients)))
  const shift = off.toSorted((a, b) => a - b)[off.length >> 1] ?? 0
  const isSize = (k: number) => k < p && formula.formula.symbols[formula.coefficients[k]!]!.unit !== ""
  const centres = logs.map((v, k) => (isSize(k) ? v + shift : v))
  const widths = logs.map((_, k) => (isSize(k) ? inherited.size : k < p ? inherited.exponent : inherited.scale))
  return { logs: centres, centres, widths }
}

/** The model given rows and parameters; no search. */
export const condition = (
  formula: Compiled,
  rows: ReadonlyArray<Row>,
  observed: ReadonlyArray<number>,
  parameters: Parameters
): Model => {
  const prior = kernelOf(formula, rows, parameters)
  const residual = Float64Array.from(
    rows,
    (row, i) => Math.log(observed[i]!) - Math.log(formula.value(row.inputs, prior.coefficients))
  )
  return assemble(prior, rows, Cholesky.solve(prior.lower, rows.length, residual))
}

/** The model of stored parameters and weights, without the observations. */
export const restore = (
  formula: Compiled,
  rows: ReadonlyArray<Row>,
  weights: ReadonlyArray<number>,
  parameters: Parameters
): Model => assemble(kernelOf(formula, rows, parameters), rows, Float64Array.from(weights))

type Prior = ReturnType<typeof kernelOf>

const kernelOf = (formula: Compiled, rows: ReadonlyArray<Row>, parameters: Parameters) => {
  const n = rows.length
  const p = formula.coefficients.length
  const { logs } = parameters
  const coefficients = bounded(formula, logs)
  const amplitude = Math.exp(2 * logs[p]!)
  const noise = Math.exp(2 * logs[p + 1]!) + jitter
  const scales = logs.slice(p + 2).map((v) => Math.exp(-2 * v))
  const loose = parameters.widths.slice(0, p).map((v) => v * v)
  const place = (row: Row): Place => {
    const slopes = new Float64Array(p)
    logValue(formula, row, coefficients, slopes)
    return { features: row.features, slopes }
  }
  const local = (a: Place, b: Place) => {
    let square = 0
    for (let k = 0; k < scales.length; k++) square += (a.features[k]! - b.features[k]!) ** 2 * scales[k]!
    return amplitude * matern(Math.sqrt(square))
  }
  const covariance = (a: Place, b: Place) => {
    let shared = 0
    for (let k = 0; k < p; k++) shared += a.slopes[k]! * b.slopes[k]! * loose[k]!
    return local(a, b) + shared
  }
  const places = rows.map(place)
  const lower = Cholesky.factor(matrixOf(places, covariance, noise), n)
  if (lower === undefined) throw new Error(`the kernel matrix of ${formula.formula.name} is singular`)
  return { formula, parameters, coefficients, amplitude, noise, scales, loose, place, places, local, covariance, lower }
}

const matrixOf = (
  places: ReadonlyArray<Place>,
  covariance: (a: Place, b: Place) => number,
  noise: number
): Float64Array => {
  const n = places.length
  const kernel = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) kernel[i * n + j] = covariance(places[i]!, places[j]!) + (i === j ? noise : 0)
  }
  return kernel
}

const assemble = (prior: Prior, rows: ReadonlyArray<Row>, weights: Float64Array): Model => {
  const { formula, parameters, coefficients, noise, place, covariance } = prior
  let ready: ((row: Row) => Answering) | undefined
  const ask = (row: Row) => (ready ??= answering(prior, weights))(row)
  return {
    formula,
    parameters,
    coefficients,
    noise,
    rows,
    weights,
    mean: (row) => ask(row).mean,
    predict: (row) => {
      const { mean, variance } = ask(row)
      return { mean, spread: Math.sqrt(variance()) }
    },
    covariance,
    place
  }
}

interface Answering {
  readonly mean: number
  readonly variance: () => number
}

/** The formula bound to its coefficients, and the posterior of what it leaves. */
const answering = (prior: Prior, weights: Float64Array) => {
  const { formula, coefficients } = prior
  const gradient = formula.bind(coefficients)
  const posterior = Posterior.make(prior, weights)
  const slopes = new Float64Array(coefficients.length)
  return ({ inputs, features }: Row): Answering => {
    const value = gradient(inputs, slopes)
    for (let k = 0; k < slopes.length; k++) slopes[k]! *= coefficients[k]! / value
    return { mean: Math.log(value) + posterior.mean(features, slopes), variance: posterior.variance }
  }
}

/**
 * Covariance of the coefficients' logarithms, given the kernel: `(Jᵀ K⁻¹ J + I / σ²)⁻¹` with the derivatives `J` of the
 * formula's logarithm at the rows. A square root on its diagonal is a relative standard error.
 */
export const covarianceOf = (model: Model): ReadonlyArray<ReadonlyArray<number>> => {
  const { formula, rows, parameters } = model
  const prior = kernelOf(formula, rows, parameters)
  const n = rows.length
  const p = formula.coefficients.length
  const kernel = Cholesky.factor(matrixOf(prior.places, prior.local, prior.noise), n)!
  const columns = Array.from({ length: p }, (_, k) =>
    Cholesky.forward(
      kernel,
      n,
      Float64Array.from(prior.places, ({ slopes }) => slopes[k]!)
    )
  )
  const information = Matrix.zeros(p, p)
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      const shared = columns[i]!.reduce((sum, v, row) => sum + v * columns[j]![row]!, 0)
      information.set(i, j, shared + (i === j ? 1 / parameters.widths[i]! ** 2 : 0))
    }
  }
  return inverse(information).to2DArray()
}
