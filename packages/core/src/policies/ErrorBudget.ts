/**
 * A round when the serving model has failed on enough of what it has not learnt, or when enough waits: our own baseline.
 * Each batch is tested on as it comes (prequential; Dawid, 1984), at one forward pass. It needs no change detector, since
 * a change that matters is failing, and a model that fails nowhere has little to learn.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Waiting samples that were misclassified at which a round starts. */
  errors: Policy.field(Policy.PositiveInt, 16),
  /** Waiting batches at which a round starts whatever their errors. */
  most: Policy.field(Policy.PositiveInt, 10)
})
type Config = typeof Config.Type

export interface State {
  readonly failed: number
  readonly waiting: number
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({
    name: "error-budget",
    config: Policy.config("error-budget", Config)(config),
    initial: { failed: 0, waiting: 0 },
    decide
  })

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  switch (observation._tag) {
    case "BatchArrived": {
      const waiting = state.waiting + 1
      const asks = waiting >= config.most ? Decision.all(Decision.pretest, Decision.train) : Decision.pretest
      return [{ failed: state.failed, waiting }, asks]
    }
    case "Pretested": {
      const { accuracy, samples } = observation
      if (!(accuracy >= 0 && accuracy <= 1)) return [state, Decision.wait]
      const failed = state.failed + Math.round((1 - accuracy) * samples)
      return [{ failed, waiting: state.waiting }, failed >= config.errors ? Decision.train : Decision.wait]
    }
    case "RoundStarted":
      return [{ failed: 0, waiting: 0 }, Decision.wait]
    default:
      return [state, Decision.wait]
  }
}
