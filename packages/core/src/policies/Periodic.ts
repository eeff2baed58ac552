/** A round every `every` batches. */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({ every: Policy.PositiveInt })

export interface State {
  /** Batches since the last round was asked for. */
  readonly waiting: number
}

export const make = (config: typeof Config.Encoded): Policy.Policy<State> =>
  Policy.make({
    name: "periodic",
    config: Policy.config("periodic", Config)(config),
    initial: { waiting: 0 },
    decide({ every }, state, observation) {
      if (observation._tag !== "BatchArrived") return [state, Decision.wait]
      const waiting = state.waiting + 1
      return waiting < every ? [{ waiting }, Decision.wait] : [{ waiting: 0 }, Decision.train]
    }
  })
