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

/** Logarithm of the value alone: half the work of `predict`. */
export const mean = (ensemble: Ensemble, { mode, time }: Point): number =>
  ensemble.reduce((sum, { model, weight }) => sum + weight * model.mean(Mode.row(model.formula, mode, time)), 0)

/** Moments of the mixture: the members' disagreement counts as spread. */
export const predict = (ensemble: Ensemble, { mode, time }: Point): Gp.Prediction => {
  const each = ensemble.map(({ model, weight }) => ({ weight, ...model.predict(Mode.row(model.formula, mode, time)) }))
  const centre = each.reduce((sum, one) => sum + one.weight * one.mean, 0)
  const variance = each.reduce((sum, one) => sum + one.weight * (one.spread ** 2 + (one.mean - centre) ** 2), 0)
  return { mean: centre, spread: Math.sqrt(variance) }
}

/** Weights by the fourth power of the inverse mean error on held-out rows: `errors[member][row]`, logarithms. */
export const weigh = (models: ReadonlyArray<Gp.Model>, errors: ReadonlyArray<ReadonlyArray<number>>): Ensemble => {
  const inverse = errors.map((row) => (row.reduce((sum, e) => sum + Math.abs(e), 1e-9) / row.length) ** -sharpness)
  const total = inverse.reduce((a, b) => a + b, 0)
  return models.map((model, k) => ({ model, weight: inverse[k]! / total }))
}

const sharpness = 4
