/** Freezes the first `units` units from the start: the baseline that any freezing rule must beat. Starts no round. */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({ units: Policy.PositiveInt })

export const make = (config: typeof Config.Encoded): Policy.Policy<null> =>
  Policy.make({
    name: "static-prefix",
    config: Policy.config("static-prefix", Config)(config),
    initial: null,
    decide: ({ units }, state, observation) => [
      state,
      observation._tag === "Started"
        ? Decision.freeze(Array.from({ length: observation.units }, (_, unit) => unit < units))
        : Decision.wait
    ]
  })
