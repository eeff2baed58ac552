/** The schedule with its names resolved: legs one after another, again and again. */
import type { Delay, Scenario, Stretch } from "./Document.ts"
import type * as Process from "./Process.ts"
import * as Scenes from "./Scenes.ts"

/** When things of a kind arrive. The same object in two legs that meet is one source that goes on. */
export interface Placing {
  readonly rate?: number
  readonly count?: number
  readonly process?: Process.Process
}

export interface Leg {
  readonly name: string | undefined
  /** s. */
  readonly duration: number
  /** The scenario of the stream that it is most of. */
  readonly scene: number
  readonly mix: Scenes.Mix
  /** What comes before `mix`, for so many seconds: scenes as long each, or the last leg's ever more seldom. */
  readonly over: number
  readonly through: ReadonlyArray<Scenes.Mix>
  readonly fading: Scenes.Mix | undefined
  readonly batches: Placing | undefined
  readonly requests: Placing | undefined
}

export interface Course {
  readonly legs: ReadonlyArray<Leg>
  readonly repeat: number
  readonly samples: number
  readonly validation: number
  /** Between a batch and its labels; undefined when they come at once. */
  readonly delay: Delay | undefined
  /** Share of the labels that never come. */
  readonly missing: number
}

/** Of a scenario without contradictions. */
export const of = (scenario: Scenario): Course => {
  const mixes = scenario.schedule.map(({ scene }) => mixOf(scene, scenario))
  const ends = endings(scenario.schedule)
  return {
    legs: scenario.schedule.map((stretch, i) => ({
      name: stretch.name,
      duration: stretch.duration ?? ends[i]! - (ends[i - 1] ?? 0),
      scene: Scenes.main(mixes[i]!),
      mix: mixes[i]!,
      ...transition(stretch, mixes.at(i - 1)!, scenario),
      batches: placing(scenario.batches, stretch.batches),
      requests: placing(scenario.requests, stretch.requests)
    })),
    repeat: scenario.repeat ?? 1,
    samples: scenario.batches?.samples ?? 0,
    validation: scenario.batches?.validation ?? 0,
    delay: scenario.batches?.labels?.delay,
    missing: scenario.batches?.labels?.missing ?? 0
  }
}

/** Length of the whole course, s. */
export const seconds = ({ legs, repeat }: Course): number => {
  const odometer = new Odometer()
  for (let i = 0; i < repeat; i++) for (const { duration } of legs) odometer.add(duration)
  return odometer.total
}

/** At least the length of the whole course, s, without walking along it. */
export const longest = ({ legs, repeat }: Course): number =>
  repeat * legs.reduce((sum, { duration }) => sum + duration, 0) * (1 + 1e-6)

/** A sum that does not drift: of equal terms it is their product, to the bit (Knuth, 1969; Dekker, 1971). */
export class Odometer {
  total = 0
  private rest = 0

  add(term: number) {
    const sum = this.total + term
    const back = sum - this.total
    const error = this.total - (sum - back) + (term - back) + this.rest
    this.total = sum + error
    this.rest = error - (this.total - sum)
  }
}

/** When each stretch ends, s from the start of the schedule. */
export const endings = (schedule: ReadonlyArray<Stretch>): ReadonlyArray<number> => {
  let end = 0
  return schedule.map(({ duration, until }) => (end = until ?? end + (duration ?? NaN)))
}

const mixOf = (scene: number | string, { scenes }: Scenario): Scenes.Mix => {
  const mix = Scenes.resolve(scene, scenes)
  if (typeof mix === "string") throw new Error(mix)
  return mix
}

const transition = ({ drift }: Stretch, before: Scenes.Mix, scenario: Scenario) => {
  switch (drift?.kind) {
    case "gradual":
      return { over: drift.over, through: [], fading: before }
    case "incremental":
      return { over: drift.over, through: drift.through.map((scene) => mixOf(scene, scenario)), fading: undefined }
    default:
      return { over: 0, through: [], fading: undefined }
  }
}

/** A rate of its own replaces the common count, and the reverse; a trace replaces both. */
export const placing = (common: Placing | undefined, own: Placing | undefined): Placing | undefined => {
  if (common === undefined || own === undefined) return common
  const process = own.process ?? common.process
  const chosen = process === undefined ? {} : { process }
  if (own.rate !== undefined || own.count !== undefined) {
    return {
      ...(own.rate === undefined ? {} : { rate: own.rate }),
      ...(own.count === undefined ? {} : { count: own.count }),
      ...chosen
    }
  }
  if (own.process?.kind === "trace") return chosen
  return { ...placed(common), ...chosen }
}

const placed = ({ rate, count }: Placing): Placing => ({
  ...(rate === undefined ? {} : { rate }),
  ...(count === undefined ? {} : { count })
})
