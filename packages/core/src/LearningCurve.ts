/**
 * Accuracy against iterations, `acc(K) = 1 - (1 / (b0 K + b1) + b2)` with `b0, b1, b2 >= 0`: the form Optimus (Peng et
 * al., EuroSys 2018) fits to loss and Ekya (Bhardwaj et al., NSDI 2022) to accuracy. `1 - b2` is the asymptote.
 */

export interface Curve {
  readonly b0: number
  readonly b1: number
  readonly b2: number
}

export interface Point {
  /** Iterations, K. */
  readonly iterations: number
  readonly accuracy: number
}

export const accuracy = ({ b0, b1, b2 }: Curve, iterations: number): number => 1 - (1 / (b0 * iterations + b1) + b2)

/** Iterations at which the curve reaches an accuracy; `Infinity` where it never does. */
export const iterationsTo = ({ b0, b1, b2 }: Curve, goal: number): number =>
  b0 > 0 && goal < 1 - b2 ? (1 / (1 - goal - b2) - b1) / b0 : Infinity

/**
 * Least squares over a grid of asymptotes. For a fixed `b2` the curve is linear in `y = 1 / (1 - acc - b2)`, and
 * weights `(1 - acc - b2)^4` undo, to first order, what the transform stretches near the asymptote. The `b2` whose
 * fitted accuracies are nearest wins. Undefined without a point below an accuracy of 1.
 */
export const fit = (points: ReadonlyArray<Point>, gridSize: number): Curve | undefined => {
  const room = 1 - points.reduce((most, point) => Math.max(most, point.accuracy), 0)
  if (room <= 0) return undefined
  let best: Curve | undefined
  let least = Infinity
  for (let i = 0; i < gridSize; i++) {
    const b2 = (room * i) / gridSize
    const curve = line(points, b2)
    const error = squares(curve, points)
    if (error < least) [best, least] = [curve, error]
  }
  return best
}

/** Squared error of a curve's accuracies. */
const squares = (curve: Curve, points: ReadonlyArray<Point>): number => {
  let sum = 0
  for (const point of points) {
    const error = accuracy(curve, point.iterations) - point.accuracy
    sum += error * error
  }
  return sum
}

/** Non-negative least squares of `b0 K + b1 = y` in closed form: the free optimum, or the better of the two edges. */
const line = (points: ReadonlyArray<Point>, b2: number): Curve => {
  let w = 0
  let wk = 0
  let wkk = 0
  let wy = 0
  let wky = 0
  for (const { iterations: k, accuracy: a } of points) {
    const gap = 1 - a - b2
    const weight = gap * gap * gap * gap
    w += weight
    wk += weight * k
    wkk += weight * k * k
    wy += weight / gap
    wky += (weight * k) / gap
  }
  const determinant = w * wkk - wk * wk
  const b0 = (w * wky - wk * wy) / determinant
  const b1 = (wkk * wy - wk * wky) / determinant
  if (determinant > 1e-12 * w * wkk && b0 >= 0 && b1 >= 0) return { b0, b1, b2 }
  // On an edge the squared error falls by the explained part: (Σwy)²/Σw with b0 = 0, (Σwky)²/Σwk² with b1 = 0.
  // Through the origin the curve has no accuracy at K = 0.
  const through = points.every(({ iterations }) => iterations > 0) ? (wky * wky) / wkk : -1
  return (wy * wy) / w >= through ? { b0: 0, b1: wy / w, b2 } : { b0: wky / wkk, b1: 0, b2 }
}
