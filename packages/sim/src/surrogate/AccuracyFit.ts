/**
 * Fits the dynamics of accuracy on recorded runs. What all seeds share is estimated together with what is a seed's own,
 * its twin: where its model starts, how far each scene can be learnt, what other scenes make of it, and how fast. Shared
 * parameters, twins and the spread of twins are improved in turn until they stand still.
 */
import * as Accuracy from "./Accuracy.ts"
import * as Levenberg from "./Levenberg.ts"
import type { Recording } from "./Recording.ts"
import * as TwinFit from "./TwinFit.ts"

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

const unpack = (at: Float64Array, scenes: number, units: number): Accuracy.Shared => {
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
  readonly shared: Accuracy.Shared
  readonly spread: TwinFit.Spread
  readonly twins: ReadonlyMap<number, TwinFit.TwinFit>
}

export interface Options {
  /** Times that shared parameters, twins and spreads are improved. */
  readonly sweeps?: number
}

export const fit = (recordings: ReadonlyArray<Recording>, { sweeps = 10 }: Options = {}): Fitted => {
  const { scenes, units } = recordings[0]!
  const believed = beliefs(scenes, units)
  const bySeed = [...Map.groupBy(recordings, ({ seed }) => seed)].toSorted(([a], [b]) => a - b)
  let at: Float64Array = Float64Array.from(believed, ({ mean }) => mean)
  let spread = TwinFit.firstSpread
  let twins: ReadonlyMap<number, TwinFit.TwinFit> = new Map(bySeed.map(([seed]) => [seed, like(scenes)]))
  for (let sweep = 0; sweep < sweeps; sweep++) {
    at = Levenberg.fit(sharedResiduals(recordings, believed, twins), at, sweep === 0 ? 30 : 6).at
    const shared = unpack(at, scenes, units)
    twins = new Map(
      bySeed.map(([seed, own]) => [seed, TwinFit.twinOf(shared, spread, own, twins.get(seed)!.twin)] as const)
    )
    spread = TwinFit.spreadOf([...twins.values()], scenes)
  }
  return { shared: unpack(at, scenes, units), spread, twins }
}

/** A twin that is like all. */
const like = (scenes: number): TwinFit.TwinFit => ({
  twin: Array.from({ length: Accuracy.twinLength(scenes) }, () => 0),
  covariance: new Float64Array(0)
})

/** Of what was seen, for these twins, and of what was believed. */
const sharedResiduals = (
  recordings: ReadonlyArray<Recording>,
  believed: ReadonlyArray<Belief>,
  twins: ReadonlyMap<number, TwinFit.TwinFit>
): Levenberg.Residuals => {
  const { scenes, units } = recordings[0]!
  const of = TwinFit.problem(recordings)
  return (place) => {
    const shared = unpack(place, scenes, units)
    const models = new Map([...twins].map(([seed, { twin }]) => [seed, Accuracy.model(shared, twin)]))
    const out = new Float64Array(of.observed.length + place.length)
    const used = TwinFit.misfit(of, (seed) => models.get(seed)!, out)
    for (const [i, { mean, deviation }] of believed.entries()) out[used + i] = (place[i]! - mean) / deviation
    return out
  }
}
