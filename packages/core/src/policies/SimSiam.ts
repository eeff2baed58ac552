/**
 * Rounds learn from unlabelled samples too: `CE(labelled) + weight · L_SimSiam(all)` (Chen and He, 2021). That EdgeOL's
 * semi-supervised variant is of this kind is known; its weight is not.
 */
import { Schema } from "effect"
import * as Reciting from "../internal/Reciting.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Of SimSiam's loss, which lies between -1 and 1. */
  weight: Policy.field(Policy.Positive, 0.5)
})

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<null> => {
  const { weight } = Policy.config("simsiam", Config)(config)
  return Reciting.make("simsiam", { weight }, { selfSupervised: { weight } })
}
