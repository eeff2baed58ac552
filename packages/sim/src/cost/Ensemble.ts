/** Several models of one quantity, weighted by how well each predicts rows it has not seen. */
import type { Compiled } from "./Formula.ts"
import * as Gp from "./GaussianProcess.ts"
import * as Mode from "./Mode.ts"

export interface Member {
  readonly model: Gp.Model
  readonly weight: number
}

export type Ensemble = ReadonlyArray<Member>

/** Where a quantity was observed. `time` is what the time model predicts there, for formulas that use `T`. */
export interface Point {
  readonly mode: Mode.Mode
  readonly time: number
}

export const equal = (models: ReadonlyArray<Gp.Model>): Ensemble =>
  models.map((model) => ({ model, weight: 1 / models.length }))

/** Where training starts: nowhere, from priors inherited from other models, or on from models of nearly the same rows. */
export type Begin =
  | { readonly _tag: "Fresh" }
  | { readonly _tag: "Inherit"; readonly from: Ensemble; readonly ratios: Readonly<Record<string, number>> }
  | { readonly _tag: "Continue"; readonly from: ReadonlyArray<Gp.Model> }

export const train = (
  formulas: ReadonlyArray<Compiled>,
  points: ReadonlyArray<Point>,
  observed: ReadonlyArray<number>,
  begin: Begin = { _tag: "Fresh" }
): ReadonlyArray<Gp.Model> =>
  formulas.map((formula, k) => {
    const rows = points.map(({ mode, time }) => Mode.row(formula, mode, time))
    return Gp.fit(formula, rows, observed, options(begin, formula, k, rows, observed))
  })

const options = (
  begin: Begin,
  { formula }: Compiled,
  k: number,
  rows: ReadonlyArray<Gp.Row>,
  observed: ReadonlyArray<number>
) => {
  if (begin._tag === "Continue") return { from: begin.from[k]!.parameters, iterations: 15 }
  if (begin._tag === "Fresh") return {}
  const source = begin.from.find(({ model }) => model.formula.formula.name === formula.name)
  return source === undefined ? {} : { from: Gp.transferred(source.model, rows, observed, begin.ratios) }
}

/** An ensemble made ready for many queries. */
export interface Ready {
  /** Logarithm of the value alone: half the work of `predict`. */
  readonly mean: (view: Mode.View) => number
  /** Moments of the mixture: the members' disagreement counts as spread. */
  readonly predict: (view: Mode.View) => Gp.Prediction
}

export const ready = (ensemble: Ensemble): Ready => {
  const weights = ensemble.map(({ weight }) => weight)
  const models = ensemble.map(({ model }) => model)
  const readers = models.map(({ formula }) => Mode.reader(formula))
  return {
    mean: (view) => {
      let sum = 0
      for (let k = 0; k < models.length; k++) sum += weights[k]! * models[k]!.mean(readers[k]!(view))
      return sum
    },
    predict: (view) => {
      let centre = 0
      let square = 0
      for (let k = 0; k < models.length; k++) {
        const { mean, spread } = models[k]!.predict(readers[k]!(view))
        centre += weights[k]! * mean
        square += weights[k]! * (spread * spread + mean * mean)
      }
      return { mean: centre, spread: Math.sqrt(square - centre * centre) }
    }
  }
}

/** The mean at one point. */
export const mean = (ensemble: Ensemble, { mode, time }: Point): number => ready(ensemble).mean(Mode.view(mode, time))

/** Weights by the fourth power of the inverse mean error on held-out rows: `errors[member][row]`, logarithms. */
export const weigh = (models: ReadonlyArray<Gp.Model>, errors: ReadonlyArray<ReadonlyArray<number>>): Ensemble => {
  const inverse = errors.map((row) => (row.reduce((sum, e) => sum + Math.abs(e), 1e-9) / row.length) ** -sharpness)
  const total = inverse.reduce((a, b) => a + b, 0)
  return models.map((model, k) => ({ model, weight: inverse[k]! / total }))
}

const sharpness = 4
