/** Promise: a round is asked for before any batch has waited longer than `seconds`. */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"
import { seconds } from "../Units.ts"

export const Config = Schema.Struct({ seconds: Policy.Positive })

/** Timers may fire early by what a clock cannot tell apart, s. */
const tick = 1e-6

export interface State<Inner> {
  /** When the oldest batch arrived that no round has taken yet, s. A round takes all that wait. */
  readonly oldest: number | null
  readonly inner: Inner
}

export const guard =
  (config: typeof Config.Encoded) =>
  <Inner>(policy: Policy.Policy<Inner>): Policy.Policy<State<Inner>> => {
    const { seconds: longest } = Policy.config("max-wait", Config)(config)
    return {
      name: policy.name,
      config: { maxWait: longest, policy: policy.config },
      initial: { oldest: null, inner: policy.initial },
      decide(state, observation) {
        const [inner, decision] = policy.decide(state.inner, observation)
        switch (observation._tag) {
          case "BatchArrived": {
            const alarm = Decision.wakeAt(seconds(observation.at + longest))
            return [{ oldest: state.oldest ?? observation.at, inner }, Decision.all(decision, alarm)]
          }
          case "RoundStarted":
            return [{ oldest: null, inner }, decision]
          case "TimerFired": {
            const late = state.oldest !== null && observation.at - state.oldest >= longest - tick
            return [{ oldest: state.oldest, inner }, late ? Decision.all(decision, Decision.train) : decision]
          }
          default:
            return [{ oldest: state.oldest, inner }, decision]
        }
      }
    }
  }
