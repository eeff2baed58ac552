/**
 * Two speeds. The fast head learns every batch at once. A deep round starts when the right answers lost by waiting for it,
 * at `price` joules each, have paid for it (`BreakEvenRule`): requests are answered first, so where what it would gain is
 * known, it costs at most twice the best schedule, and what a single answer loses beside. Gains and costs are estimated
 * from what rounds were seen to do (`RoundEstimate`), so that where deep rounds do not help they all but end.
 */
import { Schema } from "effect"
import * as BreakEvenRule from "../BreakEvenRule.ts"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"
import * as RoundEstimate from "../RoundEstimate.ts"

export const Config = Schema.Struct({
  /** Joules that a wrong answer is worth. The one knob: 0 never trains. */
  price: Policy.field(Policy.NonNegative, 1),
  ...RoundEstimate.fields,
  /** Whether the threshold is drawn, with `seed`. */
  randomised: Policy.field(Schema.Boolean, false),
  seed: Policy.field(Schema.Int, 1)
})
type Config = typeof Config.Type

export interface State {
  readonly estimate: RoundEstimate.State
  readonly accounts: BreakEvenRule.Accounts
  /** Share of a round's cost at which it is due. */
  readonly share: number
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> => {
  const checked = Policy.config("breakEven", Config)(config)
  const share = checked.randomised ? BreakEvenRule.drawn(checked.seed) : 1
  const initial = { estimate: RoundEstimate.initial, accounts: BreakEvenRule.empty, share }
  return Policy.make({ name: "breakEven", config: checked, initial, decide })
}

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  const { estimate, accounts, share } = state
  switch (observation._tag) {
    case "BatchArrived":
      return [state, Decision.adapt]
    case "Adapted":
      return [
        { estimate: RoundEstimate.adapted(config, estimate, 1 - observation.accuracy), accounts, share },
        Decision.wait
      ]
    case "RequestServed":
      return answered(config, state)
    case "RoundStarted":
      return [{ estimate: RoundEstimate.roundStarted(estimate), accounts: BreakEvenRule.empty, share }, Decision.wait]
    case "RoundFinished": {
      const { batches, joules } = observation
      return [{ estimate: RoundEstimate.roundFinished(estimate, batches, joules), accounts, share }, Decision.wait]
    }
    default:
      return [state, Decision.wait]
  }
}

const answered = (config: Config, { estimate, accounts, share }: State): readonly [State, Decision.Decision] => {
  const losses = RoundEstimate.gains(config, estimate).map((gain) => config.price * gain)
  const booked = BreakEvenRule.answered(accounts, config.randomised ? losses : losses.slice(-1))
  const due = BreakEvenRule.due(booked, RoundEstimate.cost(config, estimate), share)
  return [{ estimate, accounts: booked, share }, due ? Decision.train : Decision.wait]
}
