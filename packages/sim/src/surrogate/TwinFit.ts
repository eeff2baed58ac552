/**
 * A seed's own, from its runs: the nearest to what was seen, drawn towards the mean of all seeds as far as their spread
 * says (empirical Bayes; Robbins, 1956).
 */
import * as Cholesky from "../cost/Cholesky.ts"
import * as Accuracy from "./Accuracy.ts"
import type * as Dynamics from "./Dynamics.ts"
import * as Levenberg from "./Levenberg.ts"
import type { Recording } from "./Recording.ts"

const { common, kinds } = Accuracy

/** Spreads of twins: of the two common effects, and the covariance of a scene's three. */
export interface Spread {
  readonly common: ReadonlyArray<number>
  readonly scene: ReadonlyArray<number>
}

/** Standard deviation of a sight about the model, to begin with. */
const noise = 0.08

/**
 * What a sight counts. Fluctuations last for several models, so requests count far less than one each; sights that no
 * request met are of the same world, and count a little. The model as deployed is the start itself.
 */
const weight = ({ version, requests }: Recording["sights"][number]) => (version === 0 ? 60 : 0.15 + requests / 10)

/** What recordings say, ready to be compared. */
export interface Problem {
  readonly recordings: ReadonlyArray<Recording>
  readonly weights: Float64Array
  readonly observed: Float64Array
}

export const problem = (recordings: ReadonlyArray<Recording>): Problem => ({
  recordings,
  weights: Float64Array.from(
    recordings.flatMap(({ sights }) => sights.map((sight) => Math.sqrt(weight(sight)) / noise))
  ),
  observed: Float64Array.from(recordings.flatMap(({ sights }) => sights.map(({ accuracy }) => accuracy)))
})

/** Weighted differences between the models and what was seen, to `out`; gives how many. */
export const misfit = (of: Problem, modelOf: (seed: number) => Dynamics.Model, out: Float64Array): number => {
  let from = 0
  for (const recording of of.recordings) {
    Accuracy.replay(modelOf(recording.seed), recording, out, from)
    from += recording.sights.length
  }
  for (let i = 0; i < from; i++) out[i] = of.weights[i]! * (out[i]! - of.observed[i]!)
  return from
}

export interface TwinFit {
  readonly twin: Accuracy.Twin
  /** Of the twin's numbers. */
  readonly covariance: Float64Array
}

/** A seed's own from its runs, given what is shared. */
export const twinOf = (
  shared: Accuracy.Shared,
  spread: Spread,
  recordings: ReadonlyArray<Recording>,
  from?: Accuracy.Twin
): TwinFit => {
  const of = problem(recordings)
  const n = Accuracy.twinLength(shared.start.length)
  const whiten = whitener(spread, shared.start.length)
  const residuals = (at: Float64Array) => {
    const out = new Float64Array(of.observed.length + n)
    const own = Accuracy.model(shared, at)
    const used = misfit(of, () => own, out)
    whiten(at, out, used)
    return out
  }
  const { at, covariance } = Levenberg.fit(residuals, Float64Array.from(from ?? new Float64Array(n)), 12)
  return { twin: Array.from(at), covariance }
}

/** Scales a twin so that each number has variance 1 and none goes with another. */
const whitener = (spread: Spread, scenes: number) => {
  const factor = Cholesky.factor(Float64Array.from(spread.scene), kinds)!
  const own = new Float64Array(kinds)
  return (twin: Float64Array, out: Float64Array, from: number) => {
    for (let i = 0; i < common; i++) out[from + i] = twin[i]! / spread.common[i]!
    for (let j = 0; j < scenes; j++) {
      for (let k = 0; k < kinds; k++) own[k] = twin[common + kinds * j + k]!
      out.set(Cholesky.forward(factor, kinds, own), from + common + kinds * j)
    }
  }
}

/** Spreads as first believed: accuracies differ by a tenth, speeds by a fifth. */
export const firstSpread: Spread = { common: [0.2, 0.08], scene: [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01] }

/** Second moments of the twins, what is not known of them included. A tenth of the first belief stays. */
export const spreadOf = (twins: ReadonlyArray<TwinFit>, scenes: number): Spread => {
  const n = Accuracy.twinLength(scenes)
  const moment = (i: number, j: number) =>
    twins.reduce((sum, { twin, covariance }) => sum + twin[i]! * twin[j]! + covariance[i * n + j]!, 0) / twins.length
  const scene = new Float64Array(kinds * kinds)
  for (let j = 0; j < scenes; j++) {
    for (let a = 0; a < kinds; a++) {
      for (let b = 0; b < kinds; b++) {
        scene[a * kinds + b]! += moment(common + kinds * j + a, common + kinds * j + b) / scenes
      }
    }
  }
  return {
    common: firstSpread.common.map((first, i) => Math.sqrt(0.9 * moment(i, i) + 0.1 * (first / 4) ** 2)),
    scene: Array.from(scene, (value, i) => 0.9 * value + 0.01 * firstSpread.scene[i]!)
  }
}
