/** How often answers are wrong against exposure, from what was seen: `floor + drop · half / (half + exposure)`, our form. */
export interface Curve {
  readonly floor: number
  readonly drop: number
  /** Exposure at which half the drop is done. */
  readonly half: number
}

export interface Sight {
  readonly exposure: number
  readonly wrong: number
}

export const at = ({ floor, drop, half }: Curve, exposure: number): number => floor + (drop * half) / (half + exposure)

/** Least squares with `floor` and `drop` not negative, over a grid of `half` from 1 to 10⁵ samples. */
export const fit = (sights: ReadonlyArray<Sight>): Curve => {
  const curves = Array.from({ length: 101 }, (_, i) => level(sights, 10 ** (i / 20)))
  const errors = curves.map((curve) =>
    sights.reduce((sum, sight) => sum + (at(curve, sight.exposure) - sight.wrong) ** 2, 0)
  )
  return curves[errors.indexOf(Math.min(...errors))]!
}

const level = (sights: ReadonlyArray<Sight>, half: number): Curve => {
  const n = Math.max(1, sights.length)
  const left = sights.map(({ exposure }) => half / (half + exposure))
  const [meanLeft, meanWrong] = [left.reduce(add, 0) / n, sights.reduce((sum, { wrong }) => sum + wrong, 0) / n]
  const square = left.reduce((sum, x) => sum + (x - meanLeft) ** 2, 0)
  const both = left.reduce((sum, x, i) => sum + (x - meanLeft) * (sights[i]!.wrong - meanWrong), 0)
  const drop = square > 1e-12 * n ? Math.max(0, both / square) : 0
  const floor = meanWrong - drop * meanLeft
  return floor >= 0 ? { floor, drop, half } : { floor: 0, drop: through(left, sights), half }
}

/** The drop of a curve that ends at nothing. */
const through = (left: ReadonlyArray<number>, sights: ReadonlyArray<Sight>) =>
  left.reduce((sum, x, i) => sum + x * sights[i]!.wrong, 0) / left.reduce((sum, x) => sum + x * x, 0)

const add = (a: number, b: number) => a + b
