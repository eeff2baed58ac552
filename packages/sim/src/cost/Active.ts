/**
 * Which modes to profile next: those whose measurement would most reduce the summed variance over all modes (Cohn 1996,
 * as active learning for regression), under the model fitted so far. The first ones are drawn at random.
 */
import * as Rng from "@edgeol/core/Rng"
import * as Formula from "./Formula.ts"
import * as Forms from "./Forms.ts"
import * as Gp from "./GaussianProcess.ts"
import { type Mode, type Observation, row } from "./Mode.ts"

export interface Options {
  readonly count: number
  readonly seed: number
  /** Drawn at random before the model chooses. */
  readonly first?: number
  /** Modes that may be chosen, and over which variance is summed, drawn at random from all. */
  readonly candidates?: number
}

const batch = 5

/** Places in `modes`, in the order of profiling. `measure` gives what was found in the mode at a place. */
export const choose = (
  modes: ReadonlyArray<Mode>,
  measure: (place: number) => Observation,
  { count, seed, first = 15, candidates = 600 }: Options
): ReadonlyArray<number> => {
  const formula = Formula.compile(Forms.pipeline)
  const places = Array.from(Rng.named(seed, "profile").permutation(modes.length)).slice(0, Math.max(candidates, count))
  const rows = places.map((place) => row(formula, modes[place]!))
  const chosen = Array.from({ length: Math.min(first, count, places.length) }, (_, i) => i)
  let from: Gp.Parameters | undefined
  while (chosen.length < Math.min(count, places.length)) {
    const model: Gp.Model = Gp.fit(
      formula,
      chosen.map((i) => rows[i]!),
      chosen.map((i) => measure(places[i]!).time),
      from === undefined ? {} : { from, iterations: 15 }
    )
    from = model.parameters
    for (const next of reduce(model, rows, chosen, Math.min(batch, count - chosen.length))) chosen.push(next)
  }
  return chosen.map((i) => places[i]!)
}

/** The next rows, greedily, each taking the covariance that the ones before leave. */
const reduce = (model: Gp.Model, rows: ReadonlyArray<Gp.Row>, chosen: ReadonlyArray<number>, count: number) => {
  const m = rows.length
  const places = rows.map(model.place)
  const covariance = new Float64Array(m * m)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) {
      covariance[i * m + j] = covariance[j * m + i] = model.covariance(places[i]!, places[j]!)
    }
  }
  const taken = new Set(chosen)
  for (const i of chosen) observe(covariance, m, i, model.noise)
  return Array.from({ length: count }, () => {
    const next = best(covariance, m, taken, model.noise)
    taken.add(next)
    observe(covariance, m, next, model.noise)
    return next
  })
}

/** Covariance after a noisy observation of row `i`. */
const observe = (covariance: Float64Array, m: number, i: number, noise: number) => {
  const column = covariance.slice(i * m, (i + 1) * m)
  const scale = 1 / (column[i]! + noise)
  for (let a = 0; a < m; a++) {
    const share = column[a]! * scale
    for (let b = 0; b < m; b++) covariance[a * m + b]! -= share * column[b]!
  }
}

const best = (covariance: Float64Array, m: number, taken: ReadonlySet<number>, noise: number) => {
  let [found, most] = [-1, -1]
  for (let i = 0; i < m; i++) {
    if (taken.has(i)) continue
    let gain = 0
    for (let j = 0; j < m; j++) gain += covariance[i * m + j]! ** 2
    gain /= covariance[i * m + i]! + noise
    if (gain > most) [found, most] = [i, gain]
  }
  return found
}
