/**
 * What a policy promises of every run: upper bounds on quantities that observations and decisions alone tell, so that a
 * simulation, a tape and a device measure them alike. An hour is sixty whole minutes of the run's clock, the one that
 * runs among them.
 */
import { Schema } from "effect"
import * as Policy from "../Policy.ts"
import { Seconds } from "../Units.ts"

const bound = Schema.optionalKey(Policy.NonNegative)

export const Envelope = Schema.Struct({
  /** Joules of the rounds that finished in an hour. */
  joulesPerHour: bound,
  /** Rounds that began in an hour, and the one that is asked for. */
  roundsPerHour: bound,
  /**
   * Seconds from a batch's arrival until the round that took it serves or the fast head has learnt it; of a batch that
   * still waits, until now. A round that runs has not served.
   */
  staleness: bound,
  /** Seconds from a request's arrival to its answer. */
  latency: bound,
  /** Bytes of the policy's state, as JSON in UTF-8. */
  stateBytes: bound,
  /**
   * Consequences of its own decisions in a row, with nothing else between: measurements, and timers less than a second
   * after what came before. A policy that answers each by asking again never lets the run progress.
   */
  progress: bound
})
export type Envelope = typeof Envelope.Type

export type Name = keyof Envelope
export const names = Object.keys(Envelope.fields) as ReadonlyArray<Name>

/** What each is measured in. */
export const units: Readonly<Record<Name, string>> = {
  joulesPerHour: "J/h",
  roundsPerHour: "rounds/h",
  staleness: "s",
  latency: "s",
  stateBytes: "B",
  progress: "in a row"
}

/** Each quantity as it is, or at its worst. */
export const Standing = Schema.Struct({
  joulesPerHour: Schema.Number,
  roundsPerHour: Schema.Number,
  staleness: Schema.Number,
  latency: Schema.Number,
  stateBytes: Schema.Number,
  progress: Schema.Number
})
export type Standing = typeof Standing.Type

export const nothing: Standing = {
  joulesPerHour: 0,
  roundsPerHour: 0,
  staleness: 0,
  latency: 0,
  stateBytes: 0,
  progress: 0
}

/** The worse of each; mostly all of the first, which then stays the record that it is. */
export const worst = (a: Standing, b: Standing): Standing => (isWorse(b, a) ? worse(a, b) : a)

const isWorse = (a: Standing, b: Standing): boolean =>
  a.joulesPerHour > b.joulesPerHour ||
  a.roundsPerHour > b.roundsPerHour ||
  a.staleness > b.staleness ||
  a.latency > b.latency ||
  a.stateBytes > b.stateBytes ||
  a.progress > b.progress

const worse = (a: Standing, b: Standing): Standing => ({
  joulesPerHour: Math.max(a.joulesPerHour, b.joulesPerHour),
  roundsPerHour: Math.max(a.roundsPerHour, b.roundsPerHour),
  staleness: Math.max(a.staleness, b.staleness),
  latency: Math.max(a.latency, b.latency),
  stateBytes: Math.max(a.stateBytes, b.stateBytes),
  progress: Math.max(a.progress, b.progress)
})

/** A promise that was broken. `decides`: the policy threw, or decided what cannot be done. */
export const Breach = Schema.Struct({
  promise: Schema.Literals([
    "joulesPerHour",
    "roundsPerHour",
    "staleness",
    "latency",
    "stateBytes",
    "progress",
    "decides"
  ]),
  at: Seconds,
  reached: Schema.Number,
  bound: Schema.Number,
  /** What was thrown. */
  why: Schema.optionalKey(Schema.String)
})
export type Breach = typeof Breach.Type

/** The first promise that does not hold. */
export const broken = (envelope: Envelope, standing: Standing): Name | undefined =>
  isBroken(envelope, standing) ? names.find((name) => standing[name] > (envelope[name] ?? Infinity)) : undefined

/** Written out, as this is asked at every step. */
const isBroken = (envelope: Envelope, standing: Standing): boolean =>
  standing.joulesPerHour > (envelope.joulesPerHour ?? Infinity) ||
  standing.roundsPerHour > (envelope.roundsPerHour ?? Infinity) ||
  standing.staleness > (envelope.staleness ?? Infinity) ||
  standing.latency > (envelope.latency ?? Infinity) ||
  standing.stateBytes > (envelope.stateBytes ?? Infinity) ||
  standing.progress > (envelope.progress ?? Infinity)

/** "latency: 0.71 s at 120 s, promised at most 0.5 s". */
export const sentence = ({ promise, at, reached, bound, why }: Breach): string =>
  promise === "decides"
    ? `The policy cannot decide at ${short(at)} s: ${why ?? "it threw"}.`
    : `${promise}: ${short(reached)} ${units[promise]} at ${short(at)} s, promised at most ${short(bound)} ${units[promise]}.`

const short = (value: number) => Number(value.toPrecision(6))
