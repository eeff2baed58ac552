/**
 * Which modes to profile next: those whose measurement would most reduce the summed variance over all modes (Cohn 1996,
 * as active learning for regression), under the model fitted so far. The first ones are drawn at random.
 *
 * With a time bound, variance counts by how much a mode is in question as the cheapest within the bound.
 */
import * as Rng from "@edgeol/core/Rng"
import * as Decision from "./Decision.ts"
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
  /** Seconds of a step: learn about the modes that may be the cheapest within them. */
  readonly within?: number
}

const batch = 5

/** Places in `modes`, in the order of profiling. `measure` gives what was found in the mode at a place. */
export const choose = (
  modes: ReadonlyArray<Mode>,
  measure: (place: number) => Observation,
  { count, seed, first = 15, candidates = 600, within }: Options
): ReadonlyArray<number> => {
  const all = Array.from(Rng.named(seed, "profile").permutation(modes.length)).slice(0, Math.max(candidates, count))
  const most = Math.min(count, all.length)
  const candidate = all.map((place) => modes[place]!)
  const chosen = Array.from({ length: Math.min(first, most) }, (_, i) => i)
  let fits: Fits | undefined
  while (chosen.length < most) {
    fits = fit(
      chosen.map((i) => measure(all[i]!)),
      fits
    )
    const views = look(fits, candidate)
    const counts = within === undefined ? undefined : Decision.doubts(beliefs(fits, candidate), within)
    for (const view of views) for (const i of chosen) observe(view, i)
    for (let k = Math.min(batch, most - chosen.length); k > 0; k--) {
      const next = best(views, new Set(chosen), counts)
      for (const view of views) observe(view, next)
      chosen.push(next)
    }
  }
  return chosen.map((i) => all[i]!)
}

interface Fits {
  readonly time: Gp.Model
  readonly power: Gp.Model
}

const timeForm = Formula.compile(Forms.pipeline)
const powerForm = Formula.compile(Forms.workPower)

const fit = (observed: ReadonlyArray<Observation>, before: Fits | undefined): Fits => {
  const again = (model: Gp.Model | undefined) => (model ? { from: model.parameters, iterations: 15 } : {})
  const time = Gp.fit(
    timeForm,
    observed.map(({ mode }) => row(timeForm, mode)),
    observed.map(({ time }) => time),
    again(before?.time)
  )
  const power = Gp.fit(
    powerForm,
    observed.map(({ mode }) => powerRow(time, mode)),
    observed.map(({ power }) => power),
    again(before?.power)
  )
  return { time, power }
}

const powerRow = (time: Gp.Model, mode: Mode) => row(powerForm, mode, Math.exp(time.mean(row(timeForm, mode))))

const beliefs = ({ time, power }: Fits, modes: ReadonlyArray<Mode>): ReadonlyArray<Decision.Belief> =>
  modes.map((mode) => {
    const ofTime = time.predict(row(timeForm, mode))
    return { time: ofTime, power: power.predict(row(powerForm, mode, Math.exp(ofTime.mean))) }
  })

/** Covariance of one quantity over the candidates, changed in place as they are observed. */
interface View {
  readonly covariance: Float64Array
  readonly size: number
  readonly noise: number
}

const look = ({ time, power }: Fits, modes: ReadonlyArray<Mode>): ReadonlyArray<View> => [
  view(
    time,
    modes.map((mode) => row(timeForm, mode))
  ),
  view(
    power,
    modes.map((mode) => powerRow(time, mode))
  )
]

const view = (model: Gp.Model, rows: ReadonlyArray<Gp.Row>): View => {
  const size = rows.length
  const places = rows.map(model.place)
  const covariance = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = model.covariance(places[i]!, places[j]!)
      covariance[i * size + j] = value
      covariance[j * size + i] = value
    }
  }
  return { covariance, size, noise: model.noise }
}

/** Covariance after a noisy observation of candidate `i`. */
const observe = ({ covariance, size, noise }: View, i: number) => {
  const column = covariance.slice(i * size, (i + 1) * size)
  const scale = 1 / (column[i]! + noise)
  for (let a = 0; a < size; a++) {
    const share = column[a]! * scale
    for (let b = 0; b < size; b++) covariance[a * size + b]! -= share * column[b]!
  }
}

/** The candidate that lowers the variance of time and power most, each relative to what there is of it. */
const best = (views: ReadonlyArray<View>, taken: ReadonlySet<number>, counts?: Float64Array) => {
  const weights = counts ?? new Float64Array(views[0]!.size).fill(1)
  const left = views.map((view) => trace(view, weights))
  let [found, most] = [-1, -Infinity]
  for (let i = 0; i < views[0]!.size; i++) {
    if (taken.has(i)) continue
    const lowered = views.reduce((sum, view, k) => sum + gain(view, i, weights) / left[k]!, 0)
    if (lowered > most) [found, most] = [i, lowered]
  }
  return found
}

const trace = ({ covariance, size }: View, weights: Float64Array) => {
  let sum = 0
  for (let i = 0; i < size; i++) sum += weights[i]! * covariance[i * size + i]!
  return sum
}

const gain = ({ covariance, size, noise }: View, i: number, weights: Float64Array) => {
  let sum = 0
  for (let j = 0, at = i * size; j < size; j++, at++) sum += weights[j]! * covariance[at]! * covariance[at]!
  return sum / (covariance[i * size + i]! + noise)
}
