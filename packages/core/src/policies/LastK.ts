/**
 * Trains the last `units` units alone, from the start: the usual control of the freezing literature, and the static
 * prefix counted from the other end. Starts no round.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({ units: Policy.PositiveInt })

export const make = (config: typeof Config.Encoded): Policy.Policy<null> =>
  Policy.make({
    name: "last-k",
    config: Policy.config("last-k", Config)(config),
    initial: null,
    decide: ({ units }, state, observation) => [
      state,
      observation._tag === "Started"
        ? Decision.freeze(Array.from({ length: observation.units }, (_, unit) => unit < observation.units - units))
        : Decision.wait
    ]
  })
