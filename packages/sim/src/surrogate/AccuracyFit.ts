/**
 * Fits the dynamics of accuracy on recorded runs. What all seeds share is estimated together with what is a seed's own,
 * its twin: where its model starts, how far each scene can be learnt, what other scenes make of it, and how fast. Twins
 * are drawn towards the mean of all, as far as their spread says (empirical Bayes; Robbins, 1956): shared parameters,
 * twins and spreads are improved in turn until they stand still.
 */
import * as Cholesky from "../cost/Cholesky.ts"
import * as Dynamics from "./Dynamics.ts"
import * as Levenberg from "./Levenberg.ts"
import type { Recording } from "./Recording.ts"

/** What all seeds share. `cross` is as in `Dynamics`. */
export interface Shared {
  readonly learn: number
  readonly square: number
  readonly forget: number
  readonly drift: number
  readonly lack: ReadonlyArray<number>
  readonly few: number
  readonly speed: ReadonlyArray<number>
  readonly reach: ReadonlyArray<number>
  readonly narrow: ReadonlyArray<number>
  readonly start: ReadonlyArray<number>
  readonly ceiling: ReadonlyArray<number>
  readonly cross: ReadonlyArray<number>
}

/** A seed's own, as differences: logarithm of speed, all ceilings, then start, ceiling and cross of each scene. */
export type Twin = ReadonlyArray<number>

export const twinLength = (scenes: number): number => common + kinds * scenes

const common = 2
const kinds = 3

/** Spreads of twins: of the two common effects, and the covariance of a scene's three. */
export interface Spread {
  readonly common: ReadonlyArray<number>
  readonly scene: ReadonlyArray<number>
}

export const model = (shared: Shared, twin: ArrayLike<number>): Dynamics.Model => {
  const scenes = shared.start.length
  const pace = Math.exp(twin[0]!)
  const own = (kind: number, scene: number) => twin[common + kinds * scene + kind]!
  return {
    scenes,
    start: Float64Array.from(shared.start, (value, j) => value + own(0, j)),
    ceiling: Float64Array.from(shared.ceiling, (value, j) => value + twin[1]! + own(1, j)),
    cross: Float64Array.from(shared.cross, (value, i) => value + own(2, Math.floor(i / scenes))),
    learn: shared.learn,
    square: shared.square,
    forget: shared.forget,
    drift: shared.drift,
    lack: Float64Array.from(shared.lack),
    few: shared.few,
    speed: Float64Array.from(shared.speed, (value) => value * pace),
    reach: Float64Array.from(shared.reach),
    narrow: Float64Array.from(shared.narrow)
  }
}

/** The accuracy of every sight of a recording, by the model. */
export const replay = (model: Dynamics.Model, { rounds, sights }: Recording, out: Float64Array, from: number): void => {
  const state = Dynamics.begin(model)
  const shares = new Float64Array(model.scenes)
  const aims = new Float64Array(model.scenes)
  const order = ordered(sights)
  let next = 0
  for (let version = 0; version <= rounds.length; version++) {
    for (; next < order.length && sights[order[next]!]!.version === version; next++) {
      out[from + order[next]!] = Dynamics.accuracy(model, state, sights[order[next]!]!.scene)
    }
    const round = rounds[version]
    if (round === undefined) break
    sharesOf(round.batches, shares)
    Dynamics.aim(model, shares, aims)
    const width = Dynamics.width(model, round.batches.length)
    for (const depth of round.depths) Dynamics.step(model, state, shares, aims, depth, width)
  }
}

/** The run's figure by the model, as `Recording.accuracy` is by what was seen. */
export const foretell = (model: Dynamics.Model, recording: Recording): number => {
  const out = new Float64Array(recording.sights.length)
  replay(model, recording, out, 0)
  let [sum, requests] = [0, 0]
  for (const [i, sight] of recording.sights.entries()) {
    sum += sight.requests * out[i]!
    requests += sight.requests
  }
  return sum / requests
}

const orders = new WeakMap<Recording["sights"], Int32Array>()

const ordered = (sights: Recording["sights"]): Int32Array => {
  let order = orders.get(sights)
  if (order === undefined) {
    order = Int32Array.from(sights.keys()).toSorted((a, b) => sights[a]!.version - sights[b]!.version)
    orders.set(sights, order)
  }
  return order
}

export const sharesOf = (
  batches: ReadonlyArray<{ readonly samples: number; readonly scene: number }>,
  shares: Float64Array
): void => {
  shares.fill(0)
  let samples = 0
  for (const batch of batches) samples += batch.samples
  for (const batch of batches) shares[batch.scene]! += batch.samples / samples
}

/** Standard deviation of a sight about the model, to begin with. */
const noise = 0.08

/**
 * What a sight counts. Fluctuations last for several models, so requests count far less than one each; sights that no
 * request met are of the same world, and count a little. The model as deployed is the start itself.
 */
const weight = ({ version, requests }: Recording["sights"][number]) => (version === 0 ? 60 : 0.15 + requests / 10)

interface Problem {
  readonly recordings: ReadonlyArray<Recording>
  readonly weights: Float64Array
  readonly observed: Float64Array
}

const problem = (recordings: ReadonlyArray<Recording>): Problem => ({
  recordings,
  weights: Float64Array.from(
    recordings.flatMap(({ sights }) => sights.map((sight) => Math.sqrt(weight(sight)) / noise))
  ),
  observed: Float64Array.from(recordings.flatMap(({ sights }) => sights.map(({ accuracy }) => accuracy)))
})

const misfit = (of: Problem, modelOf: (seed: number) => Dynamics.Model, out: Float64Array): number => {
  let from = 0
  for (const recording of of.recordings) {
    replay(modelOf(recording.seed), recording, out, from)
    from += recording.sights.length
  }
  for (let i = 0; i < from; i++) out[i] = of.weights[i]! * (out[i]! - of.observed[i]!)
  return from
}

/** Shared parameters as free numbers, with what is believed of each before any run was seen. */
interface Belief {
  readonly mean: number
  readonly deviation: number
}

const beliefs = (scenes: number, units: number): ReadonlyArray<Belief> => [
  { mean: Math.log(0.02), deviation: 2 },
  { mean: Math.log(0.02), deviation: 2 },
  { mean: Math.log(0.01), deviation: 2 },
  { mean: Math.log(0.03), deviation: 2 },
  { mean: Math.log(0.5), deviation: 1 },
  ...Array.from({ length: 3 }, () => ({ mean: 0.05, deviation: 0.2 })),
  ...Array.from({ length: units - 1 }, () => ({ mean: 0, deviation: 0.5 })),
  ...Array.from({ length: units - 1 }, () => ({ mean: 3, deviation: 1.5 })),
  ...Array.from({ length: units - 1 }, () => ({ mean: 0, deviation: 0.5 })),
  ...Array.from({ length: scenes }, () => ({ mean: 0.3, deviation: 0.5 })),
  ...Array.from({ length: scenes }, () => ({ mean: 0.75, deviation: 0.3 })),
  ...Array.from({ length: scenes * scenes }, () => ({ mean: 0.25, deviation: 0.25 }))
]

const unpack = (at: Float64Array, scenes: number, units: number): Shared => {
  let i = 5
  const take = (count: number) => Array.from(at.subarray(i, (i += count)))
  return {
    learn: Math.exp(at[0]!),
    square: Math.exp(at[1]!),
    forget: Math.exp(at[2]!),
    drift: Math.exp(at[3]!),
    few: Math.exp(at[4]!),
    lack: take(3),
    speed: [1, ...take(units - 1).map(Math.exp)],
    reach: [1, ...take(units - 1).map((x) => 1 / (1 + Math.exp(-x)))],
    narrow: [1, ...take(units - 1).map(Math.exp)],
    start: take(scenes),
    ceiling: take(scenes),
    cross: take(scenes * scenes)
  }
}

export interface Fitted {
  readonly shared: Shared
  readonly spread: Spread
  readonly twins: ReadonlyMap<number, TwinFit>
}

export interface TwinFit {
  readonly twin: Twin
  /** Of the twin's numbers. */
  readonly covariance: Float64Array
}

/** A seed's own from its runs, given what is shared. */
export const twinOf = (shared: Shared, spread: Spread, recordings: ReadonlyArray<Recording>, from?: Twin): TwinFit => {
  const of = problem(recordings)
  const n = twinLength(shared.start.length)
  const whiten = whitener(spread, shared.start.length)
  const residuals = (at: Float64Array) => {
    const out = new Float64Array(of.observed.length + n)
    const own = model(shared, at)
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
const firstSpread: Spread = { common: [0.2, 0.08], scene: [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01] }

export interface Options {
  /** Times that shared parameters, twins and spreads are improved. */
  readonly sweeps?: number
}

export const fit = (recordings: ReadonlyArray<Recording>, { sweeps = 10 }: Options = {}): Fitted => {
  const { scenes, units } = recordings[0]!
  const of = problem(recordings)
  const believed = beliefs(scenes, units)
  const seeds = [...new Set(recordings.map(({ seed }) => seed))].toSorted((a, b) => a - b)
  let at: Float64Array = Float64Array.from(believed, ({ mean }) => mean)
  let spread = firstSpread
  let twins = new Map<number, TwinFit>(
    seeds.map((seed) => [
      seed,
      { twin: Array.from({ length: twinLength(scenes) }, () => 0), covariance: new Float64Array(0) }
    ])
  )
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const residuals = (place: Float64Array) => {
      const shared = unpack(place, scenes, units)
      const models = new Map(seeds.map((seed) => [seed, model(shared, twins.get(seed)!.twin)]))
      const out = new Float64Array(of.observed.length + place.length)
      const used = misfit(of, (seed) => models.get(seed)!, out)
      for (let i = 0; i < place.length; i++) out[used + i] = (place[i]! - believed[i]!.mean) / believed[i]!.deviation
      return out
    }
    at = Levenberg.fit(residuals, at, sweep === 0 ? 30 : 6).at
    const shared = unpack(at, scenes, units)
    twins = new Map(
      seeds.map((seed) => [
        seed,
        twinOf(
          shared,
          spread,
          recordings.filter((one) => one.seed === seed),
          twins.get(seed)!.twin
        )
      ])
    )
    spread = spreadOf([...twins.values()], scenes)
  }
  return { shared: unpack(at, scenes, units), spread, twins }
}

/** Second moments of the twins, what is not known of them included. A tenth of the first belief stays. */
const spreadOf = (twins: ReadonlyArray<TwinFit>, scenes: number): Spread => {
  const n = twinLength(scenes)
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
