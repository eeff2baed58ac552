/** Seconds and watts of a workload over a board's power modes, from some profiled ones, with calibrated intervals. */
import * as Rng from "@edgeol/core/Rng"
import * as Conformal from "./Conformal.ts"
import * as Ensemble from "./Ensemble.ts"
import * as Formula from "./Formula.ts"
import * as Forms from "./Forms.ts"
import type * as Gp from "./GaussianProcess.ts"
import * as Mode from "./Mode.ts"
import * as Score from "./Score.ts"

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
  const order = Rng.named(options.seed ?? 0, "folds").permutation(observations.length)
  const parts = observations.length < fewest ? 0 : Math.min(folds, observations.length)
  const splits = Array.from({ length: parts }, (_, k) => ({
    out: Array.from(order).filter((_, i) => i % parts === k),
    rest: Array.from(order).filter((_, i) => i % parts !== k)
  }))
  const points = observations.map(({ mode }) => ({ mode, time: NaN }))
  const time = judge(points, () => points, splits, {
    ...candidates("time", observations.length, options),
    observed: observations.map(({ time }) => time)
  })
  const placed = (ensemble: Ensemble.Ensemble) =>
    points.map((point) => ({ ...point, time: Math.exp(Ensemble.mean(ensemble, point)) }))
  const byFold = time.byFold.map(placed)
  const power = judge(placed(time.quantity.ensemble), (fold) => byFold[fold]!, splits, {
    ...candidates("power", observations.length, options),
    observed: observations.map(({ power }) => power)
  })
  return { time: time.quantity, power: power.quantity }
}

interface Candidates {
  readonly formulas: ReadonlyArray<Formula.Compiled>
  /** How many of the last of them count only where each predicts better than all others. */
  readonly fallbacks: number
  readonly source: Ensemble.Ensemble | undefined
  readonly begin: Ensemble.Begin
}

/**
 * Folds go on from the fit of all rows, so with few rows they flatter a formula of many coefficients: with 10 to 14, on
 * the tables of AGX Xavier, it got in and doubled the error on the mode left out.
 */
const rowsPerCoefficient = 2

/** Formulas that were asked for, else those of the fit to start from, else those that ship. */
const candidates = (
  quantity: "time" | "power",
  rows: number,
  { times, powers, from, ratios = {} }: Options
): Candidates => {
  const asked = quantity === "time" ? times : powers
  const source = from?.[quantity].ensemble
  const begin: Ensemble.Begin = source ? { _tag: "Inherit", from: source, ratios } : { _tag: "Fresh" }
  const own = asked?.map(Formula.compile) ?? source?.map(({ model }) => model.formula)
  if (own !== undefined) return { formulas: own, fallbacks: 0, source, begin }
  const [physical, fallback] = quantity === "time" ? [Forms.times, Forms.anyTime] : [Forms.powers, Forms.anyPower]
  const last = Formula.compile(fallback)
  const fallbacks = rows >= rowsPerCoefficient * last.coefficients.length ? [last] : []
  return {
    formulas: [...physical.map(Formula.compile), ...fallbacks],
    fallbacks: fallbacks.length,
    source,
    begin
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

interface Judged {
  readonly quantity: Quantity
  /** The ensemble of each fold's other rows. */
  readonly byFold: ReadonlyArray<Ensemble.Ensemble>
}

/** Weights the members by their held-out errors, then scores the weighted ensemble of each fold on its held-out rows. */
const judge = (
  points: ReadonlyArray<Ensemble.Point>,
  pointsOf: (fold: number) => ReadonlyArray<Ensemble.Point>,
  splits: ReadonlyArray<Split>,
  { formulas, fallbacks, source, begin, observed }: Candidates & { readonly observed: ReadonlyArray<number> }
): Judged => {
  const physical = formulas.length - fallbacks
  if (splits.length === 0) {
    const ensemble = unjudged(Ensemble.train(formulas.slice(0, physical), points, observed, begin), source)
    return { quantity: { ensemble, calibration: { ratios: [], floor: 0 } }, byFold: [] }
  }
  const whole = Ensemble.train(formulas, points, observed, begin)
  const byFold = splits.map(({ rest }, fold) =>
    Ensemble.train(formulas, at(pointsOf(fold), rest), at(observed, rest), { _tag: "Continue", from: whole })
  )
  const held = splits.flatMap(({ out }, fold) => out.map((i) => ({ fold, i, view: viewOf(pointsOf(fold)[i]!) })))
  const errors = formulas.map((_, k) => {
    const alone = byFold.map((models) => Ensemble.ready(Ensemble.equal([models[k]!])))
    return held.map(({ fold, i, view }) => alone[fold]!.mean(view) - Math.log(observed[i]!))
  })
  const kept = keep(errors, physical)
  const ensemble = Ensemble.weigh(at(whole, kept), at(errors, kept))
  const ensembles = byFold.map((models) => reweigh(at(models, kept), ensemble))
  const ready = ensembles.map(Ensemble.ready)
  const scores = held.map(({ fold, i, view }) => {
    const { mean, spread } = ready[fold]!.predict(view)
    return { error: Math.log(observed[i]!) - mean, spread }
  })
  return { quantity: { ensemble, calibration: Conformal.calibrate(scores) }, byFold: ensembles }
}

/**
 * The physical members, and those fallbacks whose held-out errors are below the best of them by more than twice the
 * standard error of the difference: by less, some of 5 seeds on BERT and Orin Nano let it in and lost 1 to 4 % by it.
 */
const keep = (errors: ReadonlyArray<ReadonlyArray<number>>, physical: number): ReadonlyArray<number> => {
  const sizes = errors.map((row) => row.map(Math.abs))
  const best = sizes.slice(0, physical).reduce((a, b) => (Score.average(b) < Score.average(a) ? b : a))
  return sizes.flatMap((own, k) => (k < physical || isBelow(own, best) ? [k] : []))
}

const isBelow = (own: ReadonlyArray<number>, best: ReadonlyArray<number>): boolean => {
  const gains = own.map((size, i) => best[i]! - size)
  const mean = Score.average(gains)
  const variance = Score.average(gains.map((gain) => (gain - mean) ** 2))
  return mean > 2 * Math.sqrt(variance / gains.length)
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
