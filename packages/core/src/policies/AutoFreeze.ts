/**
 * AutoFreeze (Liu et al., arXiv 2102.01386): freezes the prefix whose gradients change least. At the end of each interval,
 * with `g` the L1 norm of a unit's gradient summed over it, `r = |g_before - g| / g_before`; the first active unit whose
 * `r` reaches a percentile of those of all active ones, by default their median, is where training begins from then on.
 * A frozen prefix only grows. Starts no round.
 *
 * Mapped to one stream: intervals run on over rounds, the head is no block, and a scenario change that is heard of thaws
 * all and begins anew. The original caches the activations of the frozen prefix too, which is the learner's affair.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Optimiser steps of an interval. */
  every: Policy.field(Policy.PositiveInt, 10),
  /** Share of the active units' changes that lie below what stops the freezing. */
  percentile: Policy.field(Policy.Fraction, 0.5)
})
type Config = typeof Config.Type

export interface State {
  /** Units that are frozen, from the input. */
  readonly frozen: number
  readonly steps: number
  /** Sums of gradient norms over this interval and the last; of units but the head. */
  readonly sums: ReadonlyArray<number>
  readonly before: ReadonlyArray<number>
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({
    name: "auto-freeze",
    config: Policy.config("auto-freeze", Config)(config),
    initial: { frozen: 0, steps: 0, sums: [], before: [] },
    decide
  })

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  switch (observation._tag) {
    case "Started":
      return [begun(observation.units - 1), Decision.watch("gradients")]
    case "ScenarioChanged":
      return [
        begun(state.sums.length),
        state.frozen === 0 ? Decision.wait : Decision.freeze(prefix(0, state.sums.length))
      ]
    case "StepFinished": {
      const { frozen, before } = state
      const sums = state.sums.map((sum, unit) => sum + sound(observation.units?.[unit]))
      const steps = state.steps + 1
      if (steps < config.every) return [{ frozen, steps, sums, before }, Decision.wait]
      return ended(config, { frozen, steps: 0, sums, before })
    }
    default:
      return [state, Decision.wait]
  }
}

const begun = (units: number): State => ({ frozen: 0, steps: 0, sums: zeros(units), before: [] })

/** An interval is over. */
const ended = (config: Config, state: State): readonly [State, Decision.Decision] => {
  const { sums, before } = state
  const fresh = { steps: 0, sums: zeros(sums.length), before: sums }
  if (before.length === 0) return [{ ...fresh, frozen: state.frozen }, Decision.wait]
  const frozen = state.frozen + settled(config, sums.slice(state.frozen), before.slice(state.frozen))
  return [{ ...fresh, frozen }, frozen === state.frozen ? Decision.wait : Decision.freeze(prefix(frozen, sums.length))]
}

/** How many of the active units, from the input, changed less than the percentile of all of them. */
const settled = ({ percentile }: Config, now: ReadonlyArray<number>, before: ReadonlyArray<number>): number => {
  const changes = now.map((sum, unit) => (before[unit]! > 0 ? Math.abs(before[unit]! - sum) / before[unit]! : 0))
  if (changes.length === 0) return 0
  const limit = quantile(
    changes.toSorted((a, b) => a - b),
    percentile
  )
  return changes.findIndex((change) => change >= limit)
}

/** Between the two nearest of sorted values, in proportion. */
const quantile = (sorted: ReadonlyArray<number>, q: number): number => {
  const [place, last] = [q * (sorted.length - 1), sorted.at(-1)!]
  const below = sorted[Math.floor(place)]!
  return Math.min(last, below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below))
}

/** A norm that is none counts for nothing; nor would a sum that overflows be JSON. */
const sound = (norm: number | undefined) => (norm !== undefined && norm >= 0 && norm < 1e100 ? norm : 0)

const zeros = (units: number) => Array.from({ length: Math.max(0, units) }, () => 0)

/** A mask of the units and the head. */
const prefix = (frozen: number, body: number) => Array.from({ length: body + 1 }, (_, unit) => unit < frozen)
