/**
 * Rounds at 1, 2, 4, 8, 8 … batches, from the first again when the world changes: exponential back-off (as of Ethernet;
 * Metcalfe and Boggs, 1976) turned to training, our own baseline. Many short rounds right after a change, when each one
 * is worth most, and few later.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Batches that the first round after a change needs. */
  first: Policy.field(Policy.PositiveInt, 1),
  /** Each round needs so many times what the one before it did. */
  factor: Policy.field(Policy.PositiveInt, 2),
  /** Most batches that a round needs. */
  most: Policy.field(Policy.PositiveInt, 8)
})
type Config = typeof Config.Type

export interface State {
  readonly need: number
  readonly waiting: number
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> => {
  const checked = Policy.config("back-off", Config)(config)
  return Policy.make({
    name: "back-off",
    config: checked,
    initial: { need: Math.min(checked.first, checked.most), waiting: 0 },
    decide
  })
}

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  switch (observation._tag) {
    case "BatchArrived":
      return ask({ need: state.need, waiting: state.waiting + 1 })
    case "ScenarioChanged": {
      const again = { need: Math.min(config.first, config.most), waiting: state.waiting }
      // A detector has seen a batch of the new world; an oracle speaks before the first.
      return observation.source === "detector" ? ask(again) : [again, Decision.wait]
    }
    case "RoundStarted":
      return [{ need: Math.min(config.most, state.need * config.factor), waiting: 0 }, Decision.wait]
    default:
      return [state, Decision.wait]
  }
}

const ask = (state: State): readonly [State, Decision.Decision] => [
  state,
  state.waiting >= state.need ? Decision.train : Decision.wait
]
