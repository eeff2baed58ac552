/** Adapts the fast head to every labelled batch as it comes (Hayes and Kanan, 2020). Starts no round. */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Batches after which the head learns no more, as a control of how much learning does; 0 for none. */
  batches: Policy.field(Policy.NonNegativeInt, 0)
})

export interface State {
  readonly learnt: number
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({
    name: "head",
    config: Policy.config("head", Config)(config),
    initial: { learnt: 0 },
    decide({ batches }, state, observation) {
      if (observation._tag !== "BatchArrived" || (batches > 0 && state.learnt >= batches)) return [state, Decision.wait]
      return [batches > 0 ? { learnt: state.learnt + 1 } : state, Decision.adapt]
    }
  })
