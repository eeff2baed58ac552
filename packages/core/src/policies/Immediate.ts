/** A round at every arrival, on all layers: the reference of every saving. Arrivals during a round wait for the next. */
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const make = (config: typeof Policy.NoFields.Encoded = {}): Policy.Policy<null> =>
  Policy.make({
    name: "immediate",
    config: Policy.config("immediate", Policy.NoFields)(config),
    initial: null,
    decide: (_, state, observation) => [state, observation._tag === "BatchArrived" ? Decision.train : Decision.wait]
  })
