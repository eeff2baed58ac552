/** Quasi-Newton descent (Broyden, Fletcher, Goldfarb, Shanno, 1970) with a backtracking line search. Deterministic. */

/** Value, and its gradient written to `out`. A value that is not finite counts as a wall. */
export type Objective = (at: Float64Array, out: Float64Array) => number

export interface Minimum {
  readonly at: Float64Array
  readonly value: number
}

export const minimise = (objective: Objective, start: Float64Array, iterations: number): Minimum => {
  const n = start.length
  const inverse = new Float64Array(n * n)
  reset(inverse, n)
  let at = start.slice()
  let gradient = new Float64Array(n)
  let value = objective(at, gradient)
  for (let i = 0; i < iterations; i++) {
    let direction = downhill(inverse, gradient, n)
    if (dot(direction, gradient) >= 0) {
      reset(inverse, n)
      direction = gradient.map((g) => -g)
    }
    const next = search(objective, at, value, gradient, direction)
    if (next === undefined) break
    update(inverse, n, difference(next.at, at), difference(next.gradient, gradient))
    const gained = value - next.value
    ;({ at, value, gradient } = next)
    if (gained < 1e-5) break
  }
  return { at, value }
}

/** Halves the step until the value falls enough (Armijo, 1966). No step is longer than 1 in any coordinate. */
const search = (
  objective: Objective,
  at: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array
) => {
  const longest = direction.reduce((most, d) => Math.max(most, Math.abs(d)), 0)
  const slope = dot(direction, gradient)
  const next = new Float64Array(at.length)
  for (let step = Math.min(1, 1 / longest), tries = 0; tries < 12; tries++, step /= 2) {
    const place = at.map((a, i) => a + step * direction[i]!)
    const reached = objective(place, next)
    if (reached <= value + 1e-4 * step * slope) return { at: place, value: reached, gradient: next }
  }
  return undefined
}

const reset = (inverse: Float64Array, n: number) => {
  inverse.fill(0)
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1
}

const downhill = (inverse: Float64Array, gradient: Float64Array, n: number) => {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i]! -= inverse[i * n + j]! * gradient[j]!
  return out
}

const update = (inverse: Float64Array, n: number, moved: Float64Array, turned: Float64Array) => {
  const curvature = dot(moved, turned)
  if (!(curvature > 1e-12)) return
  const image = downhill(inverse, turned, n).map((v) => -v)
  const scale = (1 + dot(turned, image) / curvature) / curvature
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      inverse[i * n + j]! += scale * moved[i]! * moved[j]! - (image[i]! * moved[j]! + moved[i]! * image[j]!) / curvature
    }
  }
}

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

const difference = (a: Float64Array, b: Float64Array) => a.map((v, i) => v - b[i]!)
