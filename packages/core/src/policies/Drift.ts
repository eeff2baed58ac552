/**
 * A round when the world changes, as whatever detector it is given tells: the retraining wrapper of River's
 * `DriftRetrainingClassifier` (Montiel et al., 2021), which promotes a clone that has learnt since the detector's
 * warning. Mapped to one device: a round at the alarm, on all that waits, stands for the clone.
 *
 * The original's model also learns every sample between alarms. Here that is a round whenever `most` batches wait:
 * without it a stream of ten batches a scenario would be learnt from the one or two that raised the alarm.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Waiting batches at which a round starts without an alarm. */
  most: Policy.field(Policy.PositiveInt, 3)
})
type Config = typeof Config.Type

export interface State {
  readonly waiting: number
  /** Told of a change of which no batch has come yet. */
  readonly due: boolean
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({
    name: "drift",
    config: Policy.config("drift", Config)(config),
    initial: { waiting: 0, due: false },
    decide
  })

const decide = ({ most }: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  switch (observation._tag) {
    case "BatchArrived": {
      const waiting = state.waiting + 1
      return [{ waiting, due: false }, state.due || waiting >= most ? Decision.train : Decision.wait]
    }
    case "ScenarioChanged": {
      // A detector has seen a batch of the new world; an oracle speaks before the first.
      const seen = observation.source === "detector" && state.waiting > 0
      return [{ waiting: state.waiting, due: !seen }, seen ? Decision.train : Decision.wait]
    }
    case "RoundStarted":
      return [{ waiting: 0, due: state.due }, Decision.wait]
    default:
      return [state, Decision.wait]
  }
}
