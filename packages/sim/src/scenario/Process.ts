/** How arrivals are placed in time. */
import { Schema } from "effect"
import { Count, Duration, NotNegative, oneOf, Positive, Rate, Share, Time } from "./Quantity.ts"

/** Evenly spaced. */
const Periodic = Schema.Struct({ kind: Schema.Literal("periodic") })

/** Evenly spaced, each moved by up to `share` of half a gap either way, so that order is kept. */
const Jittered = Schema.Struct({ kind: Schema.Literal("jittered"), share: Share })

/** Memoryless. */
const Poisson = Schema.Struct({ kind: Schema.Literal("poisson") })

/** Processes that can also place a given number of arrivals in a stretch. */
export const Counted = oneOf("periodic, jittered or poisson", [Periodic, Jittered, Poisson])
export type Counted = typeof Counted.Type

/**
 * Markov-modulated Poisson: the rate is proportional to the level of a state, which lasts an exponential time of mean
 * `dwell` and then gives way to any other, all alike. It begins in its long-run mix (Fischer and Meier-Hellstern, 1993).
 */
const Markov = Schema.Struct({
  kind: Schema.Literal("markov"),
  levels: Schema.Array(Schema.Struct({ level: NotNegative, dwell: Duration })).check(Schema.isMinLength(2))
})
export type Markov = typeof Markov.Type

/** Poisson with a rate proportional to the day's profile: equal parts of a day, from the start of the run. */
const Diurnal = Schema.Struct({
  kind: Schema.Literal("diurnal"),
  profile: Schema.Array(NotNegative).check(Schema.isMinLength(2)),
  /** Length of the day, s; 24 hours unless given. */
  day: Schema.optionalKey(Duration)
})
export type Diurnal = typeof Diurnal.Type

/** Bursts of a geometric number of arrivals, `size` on average and `gap` apart, with exponential pauses between. */
const Bursts = Schema.Struct({
  kind: Schema.Literal("bursts"),
  size: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)),
  gap: Time
})
export type Bursts = typeof Bursts.Type

/** Times from a file, the first of them now: stretched by `scale`, each kept with chance `keep`, from the start again. */
const Trace = Schema.Struct({
  kind: Schema.Literal("trace"),
  file: Schema.NonEmptyString,
  scale: Schema.optionalKey(Positive),
  keep: Schema.optionalKey(Positive.check(Schema.isLessThanOrEqualTo(1))),
  repeat: Schema.optionalKey(Schema.Boolean)
})
export type Trace = typeof Trace.Type

export const Process = oneOf("periodic, jittered, poisson, markov, diurnal, bursts or trace", [
  Periodic,
  Jittered,
  Poisson,
  Markov,
  Diurnal,
  Bursts,
  Trace
])
export type Process = typeof Process.Type

/** What says how many arrivals there are, and where. */
export const placing = {
  /** Arrivals a second in the long run. */
  rate: Schema.optionalKey(Rate),
  /** Arrivals in each stretch. */
  count: Schema.optionalKey(Count),
  /** Poisson unless given. */
  process: Schema.optionalKey(Process)
}
