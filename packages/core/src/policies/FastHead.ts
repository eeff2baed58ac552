/** Adapts the fast head to every labelled batch as it comes (Hayes and Kanan, 2020). Starts no round. */
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const make = (config: typeof Policy.NoFields.Encoded = {}): Policy.Policy<null> =>
  Policy.make({
    name: "head",
    config: Policy.config("head", Policy.NoFields)(config),
    initial: null,
    decide: (_, state, observation) => [state, observation._tag === "BatchArrived" ? Decision.adapt : Decision.wait]
  })
