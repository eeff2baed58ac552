/**
 * Cost-aware retraining (Mahadevan and Mathioudakis, arXiv 2310.04216): a round when staleness costs more than it.
 *
 * Mapped to one device and one stream, after its abstract and digests: the cost of staleness over the requests since the
 * last batch is `psi = requests * error`, in wrong answers, with the error of the serving model on the newest batch before
 * it is learnt; `price` is what one round costs in the same unit. It may count only the errors beyond those right after
 * the last round: then a round that learns little stops all further ones, since what was never good does not get stale.
 * The paper's oracle, a dynamic program that sees the future, is no policy and is not here.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** `threshold`: psi above the price; `cumulative`: psi summed since the last round; `periodic`: every so many batches. */
  variant: Policy.field(Schema.Literals(["threshold", "cumulative", "periodic"]), "cumulative"),
  /** Wrong answers that a round is worth. */
  price: Policy.field(Policy.NonNegative, 6),
  /** Whether errors that the last round left do not count; costs a validation after each. */
  relative: Policy.field(Schema.Boolean, false),
  /** Batches between rounds of `periodic`. */
  every: Policy.field(Policy.PositiveInt, 4)
})
type Config = typeof Config.Type

export interface State {
  /** Requests since the last batch that was tested on. */
  readonly requests: number
  /** Error that does not count: of the model right after the last round, or 0. */
  readonly fresh: number
  /** Sum of psi since the last round. */
  readonly stale: number
  readonly waiting: number
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({
    name: "cara",
    config: Policy.config("cara", Config)(config),
    initial: { requests: 0, fresh: 0, stale: 0, waiting: 0 },
    decide
  })

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  const { requests, fresh, stale, waiting } = state
  const blind = config.variant === "periodic"
  switch (observation._tag) {
    case "RequestServed":
      return [{ requests: requests + 1, fresh, stale, waiting }, Decision.wait]
    case "BatchArrived": {
      const due = waiting + 1 >= config.every ? Decision.train : Decision.wait
      return [{ requests, fresh, stale, waiting: waiting + 1 }, blind ? due : Decision.pretest]
    }
    case "Pretested":
      return blind ? [state, Decision.wait] : judged(config, state, observation.accuracy)
    case "RoundStarted":
      return [{ requests, fresh, stale: 0, waiting: 0 }, Decision.wait]
    case "RoundFinished":
      return [state, blind || !config.relative ? Decision.wait : Decision.validate]
    case "Validated": {
      const error = 1 - observation.accuracy
      const counts = config.relative && error >= 0 && error <= 1
      return [{ requests, fresh: counts ? error : fresh, stale, waiting }, Decision.wait]
    }
    default:
      return [state, Decision.wait]
  }
}

/** What staleness costs by the newest batch. */
const judged = (config: Config, state: State, accuracy: number): readonly [State, Decision.Decision] => {
  const { requests, fresh, waiting } = state
  if (!(accuracy >= 0 && accuracy <= 1)) return [state, Decision.wait]
  const psi = requests * Math.max(0, 1 - accuracy - fresh)
  const stale = state.stale + psi
  const cost = config.variant === "threshold" ? psi : stale
  return [{ requests: 0, fresh, stale, waiting }, cost > config.price ? Decision.train : Decision.wait]
}
