/**
 * Mean and variance of a Gaussian process given its rows (Rasmussen and Williams 2006, eqs. 2.25 and 2.26), laid out for
 * many queries: flat arrays, the inverse of the Cholesky factor worked out once, nothing allocated for a query.
 */
import * as Cholesky from "./Cholesky.ts"

/** Rows and kernel: Matérn 5/2 over four features, and the formula's derivatives with loose coefficients. */
export interface Prior {
  /** Variance of the local part, and of one observation's noise. */
  readonly amplitude: number
  readonly noise: number
  /** `1 / length²` of each feature. */
  readonly scales: ReadonlyArray<number>
  /** Variance of each coefficient's logarithm. */
  readonly loose: ReadonlyArray<number>
  readonly places: ReadonlyArray<Place>
  /** Cholesky factor of the rows' covariance. */
  readonly lower: Float64Array
}

/** Cores, then CPU, GPU and memory clock, as `Mode.features` sees them. */
export type Features = readonly [cores: number, cpu: number, gpu: number, mem: number]

/** A row with its derivatives by the logarithms of the coefficients. */
export interface Place {
  readonly features: Features
  readonly slopes: Float64Array
}

export interface Posterior {
  /** Mean of what the formula leaves. */
  readonly mean: (features: Features, slopes: Float64Array) => number
  /** Variance of a new observation at the place of the last `mean`. */
  readonly variance: () => number
}

const root5 = Math.sqrt(5)

/** Rows of the factor's inverse that are multiplied at once: four sums do not wait for each other. */
const block = 4

export const make = (prior: Prior, weights: Float64Array): Posterior => {
  const n = prior.places.length
  const p = prior.loose.length
  const { amplitude, noise } = prior
  const loose = Float64Array.from(prior.loose)
  const scales = prior.scales.map((scale) => root5 * Math.sqrt(scale))
  const [s0, s1, s2, s3] = scales as [number, number, number, number]
  const centres = Float64Array.from(prior.places.flatMap(({ features }) => features.map((v, k) => v * scales[k]!)))
  const lean = loose.map((v, k) => v * prior.places.reduce((sum, { slopes }, i) => sum + slopes[k]! * weights[i]!, 0))
  const padded = Math.ceil(n / block) * block
  /** Slopes of the query, then its local covariance with each row. */
  const query = new Float64Array(p + padded)
  let whitening: Float64Array | undefined
  const mean = (features: Features, slopes: Float64Array) => {
    const f0 = features[0] * s0
    const f1 = features[1] * s1
    const f2 = features[2] * s2
    const f3 = features[3] * s3
    let sum = 0
    for (let k = 0; k < p; k++) sum += (query[k] = slopes[k]!) * lean[k]!
    for (let i = 0, at = 0; i < n; i++, at += 4) {
      const a = centres[at]! - f0
      const b = centres[at + 1]! - f1
      const c = centres[at + 2]! - f2
      const d = centres[at + 3]! - f3
      const r = Math.sqrt(a * a + b * b + c * c + d * d)
      sum += (query[p + i] = amplitude * (1 + r + (r * r) / 3) * decay(r)) * weights[i]!
    }
    return sum
  }
  const variance = () => {
    whitening ??= whitened(prior, p, padded)
    let left = amplitude + noise
    for (let k = 0; k < p; k++) left += query[k]! * query[k]! * loose[k]!
    return Math.max(noise, left - squared(whitening, query, p, padded))
  }
  return { mean, variance }
}

/** `|W query|²`, rows of `W` in blocks as `whitened` lays them out. */
const squared = (whitening: Float64Array, query: Float64Array, p: number, padded: number) => {
  let sum = 0
  for (let i = 0, at = 0; i < padded; i += block) {
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let j = 0, end = p + i + block; j < end; j++, at += block) {
      const value = query[j]!
      a += whitening[at]! * value
      b += whitening[at + 1]! * value
      c += whitening[at + 2]! * value
      d += whitening[at + 3]! * value
    }
    sum += a * a + b * b + c * c + d * d
  }
  return sum
}

/** `[L⁻¹ B, L⁻¹]` where `B` holds the rows' slopes times the coefficients' variances; below the diagonal only. */
const whitened = ({ places, loose, lower }: Prior, p: number, padded: number): Float64Array => {
  const n = places.length
  const inverse = Cholesky.inverseFactor(lower, n)
  const slopes = loose.map((v, k) =>
    Cholesky.forward(
      lower,
      n,
      Float64Array.from(places, (place) => place.slopes[k]! * v)
    )
  )
  const out: Array<number> = []
  for (let i = 0; i < padded; i += block) {
    for (let j = 0; j < p + i + block; j++) {
      for (let row = i; row < i + block; row++) {
        const column = j - p
        out.push(row >= n || column > row ? 0 : column < 0 ? slopes[j]![row]! : inverse[row * n + column]!)
      }
    }
  }
  return Float64Array.from(out)
}

const parts = 256
const whole = Float64Array.from({ length: 64 }, (_, i) => Math.exp(-i))
const fraction = Float64Array.from({ length: parts }, (_, i) => Math.exp(-i / parts))

/** `exp(-r)` for `r ≥ 0` to 1e-11, nothing beyond 64; half the time of `Math.exp`, on which a query spends most. */
const decay = (r: number) => {
  if (!(r < 64)) return 0
  const at = (r * parts) | 0
  const rest = r - at / parts
  return whole[at >> 8]! * fraction[at & 255]! * (1 - rest * (1 - rest * (0.5 - rest / 6)))
}
