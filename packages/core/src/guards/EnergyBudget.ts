/**
 * Keeps fine-tuning within a budget: a round starts only when what is left covers the dearest round yet.
 *
 * Promise: while no round costs more than `round` or the dearest before it,
 * `joules of all rounds <= capacity + income · time`.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Joules at the start. */
  capacity: Policy.NonNegative,
  /** Watts earned, e.g. by a solar panel. */
  income: Policy.field(Policy.NonNegative, 0),
  /** Joules that a first round may cost. */
  round: Policy.field(Policy.NonNegative, 0)
})

export interface State<Inner> {
  readonly spent: number
  readonly dearest: number
  readonly running: boolean
  /** A round was refused, or asked for while another ran: it is looked at again whenever something happens. */
  readonly pending: boolean
  readonly inner: Inner
}

export const guard =
  (config: typeof Config.Encoded) =>
  <Inner>(policy: Policy.Policy<Inner>): Policy.Policy<State<Inner>> => {
    const { capacity, income, round } = Policy.config("energy-budget", Config)(config)
    return {
      name: policy.name,
      config: { energyBudget: { capacity, income, round }, policy: policy.config },
      initial: { spent: 0, dearest: round, running: false, pending: false, inner: policy.initial },
      decide(state, observation) {
        const [inner, decision] = policy.decide(state.inner, observation)
        const finished = observation._tag === "RoundFinished"
        const cost = finished && observation.joules > 0 && observation.joules < Infinity ? observation.joules : 0
        const spent = state.spent + cost
        const dearest = Math.max(state.dearest, cost)
        const running = observation._tag === "RoundStarted" || (state.running && !finished)
        const wanted = state.pending || Decision.has(decision, "Train")
        const allowed = !running && capacity + income * observation.at - spent >= dearest
        const rest = Decision.without(decision, "Train")
        return [
          { spent, dearest, running, pending: wanted && !allowed, inner },
          wanted && allowed ? Decision.all(rest, Decision.train) : rest
        ]
      }
    }
  }
