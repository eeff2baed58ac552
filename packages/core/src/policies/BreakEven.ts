/**
 * Two speeds. The fast head learns every batch at once. A deep round starts when the right answers lost by waiting for it,
 * at `price` joules each, have paid for it: dynamic TCP acknowledgement (Dooly, Goldman and Scott, 2001), with batches
 * for packets and requests for time. Where gains add up and are known, no schedule costs less than half as much; with a
 * threshold drawn for each round (`randomised`; Karlin, Kenyon and Randall, 2001) the expected ratio is e / (e - 1).
 *
 * What a batch would gain is estimated: `recovers` is the share of the head's remaining errors that a deep round over one
 * batch mends. It starts at `prior` and follows what rounds have been seen to do, so that where deep rounds do not help
 * they all but end. What a round costs is a line through the rounds so far, joules against batches.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Exact from "../Exact.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"
import * as Rng from "../Rng.ts"

export const Config = Schema.Struct({
  /** Joules that a wrong answer is worth. The one knob: 0 never trains. */
  price: Policy.field(Policy.NonNegative, 1),
  /** Joules of a round before any has run: of its start, and for each batch. */
  fixed: Policy.field(Policy.NonNegative, 4),
  perBatch: Policy.field(Policy.NonNegative, 1),
  /** Share of the remaining errors that a round over one batch is believed to mend before any has run. */
  prior: Policy.field(Policy.Fraction, 0.02),
  /** Weight of the newest batch in the level of errors. */
  smoothing: Policy.field(Policy.Fraction, 0.2),
  /** Batches after a round until what it mended is judged. */
  judgeAfter: Policy.field(Policy.PositiveInt, 4),
  /** Whether the threshold is drawn, with `seed`. */
  randomised: Policy.field(Schema.Boolean, false),
  seed: Policy.field(Schema.Int, 1)
})
type Config = typeof Config.Type

export interface State {
  /** Errors of the head on the batches that wait for a round, each before it was learnt: what it still gets wrong. */
  readonly waiting: ReadonlyArray<number>
  /** Joules lost by waiting since the last round. */
  readonly lost: number
  /** Smoothed errors on batches before they are learnt; negative before the first. */
  readonly level: number
  /** Share of remaining errors that a batch in a round mends. */
  readonly recovers: number
  /** The last round: the level before it, the sum of errors it learnt from, batches since; none when judged. */
  readonly judging: {
    readonly level: number
    readonly errors: number
    readonly batches: number
    /** Sum of the errors on them before they were learnt. */
    readonly after: number
  } | null
  /** Sums for the line through the rounds: their number, batches, joules, batches², batches · joules. */
  readonly rounds: readonly [n: number, x: number, y: number, xx: number, xy: number]
  /** Share of a round's cost at which it starts, and the generator of the next. */
  readonly threshold: number
  readonly rng: Rng.State | null
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> => {
  const checked = Policy.config("breakEven", Config)(config)
  const first = drawn(checked.randomised ? Rng.named(checked.seed, "threshold").state() : null)
  return Policy.make({
    name: "breakEven",
    config: checked,
    initial: {
      waiting: [],
      lost: 0,
      level: -1,
      recovers: checked.prior,
      judging: null,
      rounds: [0, 0, 0, 0, 0],
      ...first
    },
    decide
  })
}

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  switch (observation._tag) {
    case "BatchArrived":
      return [state, Decision.adapt]
    case "Adapted":
      return [adapted(config, state, 1 - observation.accuracy), Decision.wait]
    case "RequestServed":
      return ask(config, { ...state, lost: state.lost + config.price * gain(state) })
    case "RoundStarted": {
      const errors = sum(state.waiting)
      const judging = state.level < 0 || errors === 0 ? null : { level: state.level, errors, batches: 0, after: 0 }
      return [{ ...state, waiting: [], lost: 0, judging, ...drawn(state.rng) }, Decision.wait]
    }
    case "RoundFinished":
      return [{ ...state, rounds: counted(state.rounds, observation.batches, observation.joules) }, Decision.wait]
    default:
      return [state, Decision.wait]
  }
}

const ask = (config: Config, state: State): readonly [State, Decision.Decision] => {
  const due = state.lost > 0 && state.lost >= state.threshold * cost(config, state)
  return [state, due ? Decision.train : Decision.wait]
}

/** Right answers per request that a round on what waits would add: gains add up, but not beyond what is wrong. */
const gain = ({ recovers, waiting, level }: State): number => Math.min(Math.max(0, level), recovers * sum(waiting))

/** Joules of a round on what waits, by the least squares line; before two rounds of different size by what was told. */
const cost = ({ fixed, perBatch }: Config, { rounds: [n, x, y, xx, xy], waiting }: State): number => {
  if (n === 0) return fixed + perBatch * waiting.length
  const spread = n * xx - x * x
  const slope = spread > 0 ? Math.max(0, (n * xy - x * y) / spread) : (perBatch * y) / (n * fixed + perBatch * x || 1)
  return Math.max(0, (y - slope * x) / n) + slope * waiting.length
}

const counted = ([n, x, y, xx, xy]: State["rounds"], batches: number, joules: number): State["rounds"] =>
  joules >= 0 && joules < Infinity
    ? [n + 1, x + batches, y + joules, xx + batches * batches, xy + batches * joules]
    : [n, x, y, xx, xy]

/** What the head got wrong in a batch waits for a round, and judges the last. */
const adapted = (config: Config, state: State, wrong: number): State => {
  if (!(wrong >= 0 && wrong <= 1)) return state
  const level = state.level < 0 ? wrong : state.level + config.smoothing * (wrong - state.level)
  return judged(config, { ...state, level, waiting: [...state.waiting, wrong] }, wrong)
}

/** Half of what is believed comes from the last round; a little is always believed, so that rounds are tried again. */
const judged = (config: Config, state: State, wrong: number): State => {
  if (state.judging === null) return state
  const { level, errors } = state.judging
  const [batches, after] = [state.judging.batches + 1, state.judging.after + wrong]
  if (batches < config.judgeAfter) return { ...state, judging: { level, errors, batches, after } }
  const mended = Math.min(1, Math.max(0, (level - after / batches) / errors))
  const recovers = Math.max(config.prior / 10, (state.recovers + mended) / 2)
  return { ...state, recovers, judging: null }
}

/** A threshold with density `e^z / (e - 1)` on [0, 1]; 1 without a generator. */
const drawn = (from: Rng.State | null): Pick<State, "threshold" | "rng"> => {
  if (from === null) return { threshold: 1, rng: null }
  const rng = Rng.restore(from)
  return { threshold: Exact.log(1 + rng.next() * (Math.E - 1)), rng: rng.state() }
}

const sum = (values: ReadonlyArray<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}
