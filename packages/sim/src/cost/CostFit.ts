/** Seconds and watts of a workload over a board's power modes, from some profiled ones, with calibrated intervals. */
import * as Rng from "@edgeol/core/Rng"
import * as Conformal from "./Conformal.ts"
import * as Ensemble from "./Ensemble.ts"
import * as Formula from "./Formula.ts"
import * as Forms from "./Forms.ts"
import type * as Gp from "./GaussianProcess.ts"
import * as Mode from "./Mode.ts"

export interface Quantity {
  readonly ensemble: Ensemble.Ensemble
  readonly calibration: Conformal.Calibration
}

export interface CostFit {
  readonly time: Quantity
  readonly power: Quantity
}

/** A value with the interval that holds it with probability `level`. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface Options {
  readonly seed?: number
  readonly times?: ReadonlyArray<Formula.Formula>
  readonly powers?: ReadonlyArray<Formula.Formula>
  /** A fit of another workload or board to start from, and known ratios of its coefficients, such as lanes for `G`. */
  readonly from?: CostFit
  readonly ratios?: Readonly<Record<string, number>>
}

const folds = 10

/** With fewer observations nothing is held out: the intervals rest on the priors and on experience. */
const fewest = 5

/** Deterministic. Model weights and intervals come from cross-validation on the observations alone. */
export const fit = (observations: ReadonlyArray<Mode.Observation>, options: Options = {}): CostFit => {
  const times = (options.times ?? Forms.times).map(Formula.compile)
  const powers = (options.powers ?? Forms.powers).map(Formula.compile)
  const order = Rng.named(options.seed ?? 0, "folds").permutation(observations.length)
  const parts = observations.length < fewest ? 0 : Math.min(folds, observations.length)
  const begin = (quantity: "time" | "power"): Ensemble.Begin =>
    options.from
      ? { _tag: "Inherit", from: options.from[quantity].ensemble, ratios: options.ratios ?? {} }
      : { _tag: "Fresh" }
  const splits = Array.from({ length: parts }, (_, k) => ({
    out: Array.from(order).filter((_, i) => i % parts === k),
    rest: Array.from(order).filter((_, i) => i % parts !== k)
  }))
  const seconds = observations.map(({ time }) => time)
  const watts = observations.map(({ power }) => power)
  const points = observations.map(({ mode }) => ({ mode, time: NaN }))
  const whole = Ensemble.train(times, points, seconds, begin("time"))
  const timeFolds = splits.map(({ rest }) =>
    Ensemble.train(times, at(points, rest), at(seconds, rest), { _tag: "Continue", from: whole })
  )
  const time = combine(whole, timeFolds, splits, () => points, seconds, options.from?.time.ensemble)
  const placed = (ensemble: Ensemble.Ensemble) =>
    points.map((point) => ({ ...point, time: Math.exp(Ensemble.mean(ensemble, point)) }))
  const full = placed(time.ensemble)
  const wholePower = Ensemble.train(powers, full, watts, begin("power"))
  const foldPoints = timeFolds.map((models) => placed(reweigh(models, time.ensemble)))
  const powerFolds = splits.map(({ rest }, k) =>
    Ensemble.train(powers, at(foldPoints[k]!, rest), at(watts, rest), { _tag: "Continue", from: wholePower })
  )
  return {
    time,
    power: combine(wholePower, powerFolds, splits, (fold) => foldPoints[fold]!, watts, options.from?.power.ensemble)
  }
}

const viewOf = ({ mode, time }: Ensemble.Point) => Mode.view(mode, time)

const at = <A>(values: ReadonlyArray<A>, places: ReadonlyArray<number>) => places.map((i) => values[i]!)

const reweigh = (models: ReadonlyArray<Gp.Model>, like: Ensemble.Ensemble): Ensemble.Ensemble =>
  models.map((model, k) => ({ model, weight: like[k]!.weight }))

interface Split {
  readonly out: ReadonlyArray<number>
  readonly rest: ReadonlyArray<number>
}

/** With nothing held out the weights are those of the source, if the members are the same. */
const unjudged = (models: ReadonlyArray<Gp.Model>, source: Ensemble.Ensemble | undefined): Ensemble.Ensemble => {
  const same = models.every((model, k) => source?.[k]?.model.formula.formula.name === model.formula.formula.name)
  return source !== undefined && same ? reweigh(models, source) : Ensemble.equal(models)
}

/** Weights the members by their held-out errors, then scores the weighted ensemble of each fold on its held-out rows. */
const combine = (
  whole: ReadonlyArray<Gp.Model>,
  byFold: ReadonlyArray<ReadonlyArray<Gp.Model>>,
  splits: ReadonlyArray<Split>,
  pointsOf: (fold: number) => ReadonlyArray<Ensemble.Point>,
  observed: ReadonlyArray<number>,
  source?: Ensemble.Ensemble
): Quantity => {
  const point = (fold: number, i: number) => pointsOf(fold)[i]!
  if (splits.length === 0) return { ensemble: unjudged(whole, source), calibration: { ratios: [], floor: 0 } }
  const held = splits.flatMap(({ out }, fold) => out.map((i) => ({ fold, i })))
  const errors = whole.map((_, k) =>
    held.map(
      ({ fold, i }) => Ensemble.mean(Ensemble.equal([byFold[fold]![k]!]), point(fold, i)) - Math.log(observed[i]!)
    )
  )
  const ensemble = Ensemble.weigh(whole, errors)
  const scores = held.map(({ fold, i }) => {
    const { mean, spread } = Ensemble.ready(reweigh(byFold[fold]!, ensemble)).predict(viewOf(point(fold, i)))
    return { error: Math.log(observed[i]!) - mean, spread }
  })
  return { ensemble, calibration: Conformal.calibrate(scores) }
}

/** Logarithms of seconds and watts with their spreads, before calibration. */
export interface Moments {
  readonly time: Gp.Prediction
  readonly power: Gp.Prediction
}

/** Seconds and watts. */
export interface Point {
  readonly time: number
  readonly power: number
}

/** Seconds and watts with their intervals. */
export interface Prediction {
  readonly time: Estimate
  readonly power: Estimate
}

/** A fit made ready for many queries. */
export interface Predictor {
  /** Values alone: a third of the work of `predict`. */
  readonly point: (mode: Mode.Mode) => Point
  readonly moments: (mode: Mode.Mode) => Moments
  readonly predict: (mode: Mode.Mode) => Prediction
}

/** Answers queries with intervals of `level`. */
export const predictor = (fit: CostFit, level = 0.9): Predictor => {
  const [time, power] = [Ensemble.ready(fit.time.ensemble), Ensemble.ready(fit.power.ensemble)]
  const [timeHalf, powerHalf] = [
    Conformal.halfWidth(fit.time.calibration, level),
    Conformal.halfWidth(fit.power.calibration, level)
  ]
  const moments = (mode: Mode.Mode): Moments => {
    const view = Mode.view(mode)
    const ofTime = time.predict(view)
    view.values[Mode.timeAt] = Math.exp(ofTime.mean)
    return { time: ofTime, power: power.predict(view) }
  }
  return {
    point: (mode) => {
      const view = Mode.view(mode)
      const seconds = Math.exp(time.mean(view))
      view.values[Mode.timeAt] = seconds
      return { time: seconds, power: Math.exp(power.mean(view)) }
    },
    moments,
    predict: (mode) => {
      const of = moments(mode)
      return { time: estimate(of.time, timeHalf), power: estimate(of.power, powerHalf) }
    }
  }
}

/** Predicted seconds and watts of one mode; `predictor` is for many. */
export const predict = (fit: CostFit, mode: Mode.Mode, level = 0.9): Prediction => predictor(fit, level).predict(mode)

const estimate = ({ mean, spread }: Gp.Prediction, halfWidth: (spread: number) => number): Estimate => {
  const value = Math.exp(mean)
  const factor = Math.exp(halfWidth(spread))
  return { value, low: value / factor, high: value * factor }
}
