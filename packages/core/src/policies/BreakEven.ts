/**
 * Two speeds. The fast head learns every batch at once. A deep round starts when the right answers lost by waiting for it,
 * at `price` joules each, have paid for it (`BreakEvenRule`): requests are answered first, so where what it would gain is
 * known, it costs at most twice the best schedule, and what a single answer loses beside. Gains and costs are estimated
 * from what rounds were seen to do (`RoundEstimate`), so that where deep rounds do not help they all but end. How deep a
 * round goes, on which samples and how often, is chosen in the same currency: of the ways that are considered, the one that
 * mends most for a joule.
 */
import { Schema } from "effect"
import * as BreakEvenRule from "../BreakEvenRule.ts"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"
import * as RoundEstimate from "../RoundEstimate.ts"
import * as RoundWay from "../RoundWay.ts"
import * as WaitingAccounts from "../WaitingAccounts.ts"

export const Config = Schema.Struct({
  /** Joules that a wrong answer is worth. The one knob: 0 never trains. */
  price: Policy.field(Policy.NonNegative, 1),
  ...RoundEstimate.fields,
  ...RoundWay.fields,
  /** Whether the threshold is drawn, with `seed`. */
  randomised: Policy.field(Schema.Boolean, false),
  seed: Policy.field(Schema.Int, 1)
})
type Config = typeof Config.Type

export interface State {
  readonly estimate: RoundEstimate.State
  readonly accounts: WaitingAccounts.Accounts
  /** Share of a round's cost at which it is due. */
  readonly share: number
  /** Of the model. */
  readonly units: number
  /** The way of the next round. */
  readonly way: number
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> => {
  const checked = Policy.config("breakEven", Config)(config)
  const ways = RoundWay.all(checked)
  const share = checked.randomised ? BreakEvenRule.drawn(checked.seed) : 1
  const estimate = RoundEstimate.start(ways.length)
  const initial = { estimate, accounts: WaitingAccounts.empty, share, units: 1, way: 0 }
  return Policy.make({
    name: "breakEven",
    config: checked,
    initial,
    decide: (_, state, observation) => decide(checked, ways, state, observation)
  })
}

type Ways = ReadonlyArray<RoundWay.Way>
type Decided = readonly [State, Decision.Decision]

const decide = (config: Config, ways: Ways, state: State, observation: Observation): Decided => {
  switch (observation._tag) {
    case "Started":
      return [{ ...state, units: observation.units }, Decision.wait]
    case "BatchArrived":
      return [state, Decision.adapt]
    case "Adapted":
      return [
        { ...state, estimate: RoundEstimate.adapted(config, state.estimate, 1 - observation.accuracy) },
        Decision.wait
      ]
    case "RequestServed":
      return answered(config, ways, state)
    case "RoundStarted":
      return [
        {
          ...state,
          estimate: RoundEstimate.roundStarted(state.estimate, state.way),
          accounts: WaitingAccounts.empty
        },
        Decision.wait
      ]
    case "RoundFinished": {
      const { batches, joules } = observation
      return [{ ...state, estimate: RoundEstimate.roundFinished(state.estimate, batches, joules) }, Decision.wait]
    }
    default:
      return [state, Decision.wait]
  }
}

const answered = (config: Config, ways: Ways, state: State): Decided => {
  const { estimate, share, units } = state
  const [way, cost] = best(config, ways, estimate)
  const open = config.randomised ? WaitingAccounts.opened : WaitingAccounts.single
  const accounts = WaitingAccounts.answered(
    open(state.accounts, estimate.waiting.errors),
    (errors) => config.price * RoundEstimate.gain(config, estimate, way, errors)
  )
  if (!BreakEvenRule.due(WaitingAccounts.booked(accounts), cost, share)) return [{ ...state, accounts }, Decision.wait]
  const how = ways.length === 1 ? Decision.wait : RoundWay.decision(ways[way]!, units)
  return [{ ...state, accounts, way }, Decision.all(how, Decision.train)]
}

/** The way that mends most for a joule, the first of equals, and its cost. */
const best = (config: Config, ways: Ways, estimate: RoundEstimate.State) => {
  let found: readonly [way: number, cost: number] = [0, 0]
  let most = -1
  for (const [way, { compute }] of ways.entries()) {
    const cost = RoundEstimate.cost(config, estimate, way, compute)
    const worth = RoundEstimate.gain(config, estimate, way) / Math.max(cost, Number.MIN_VALUE)
    if (worth > most) [found, most] = [[way, cost], worth]
  }
  return found
}
