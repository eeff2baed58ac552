/** Hides scenario changes from a policy: what detection is worth is the difference to this and to the oracle. */
import * as Decision from "../Decision.ts"
import type * as Policy from "../Policy.ts"

export const detect = <State>(policy: Policy.Policy<State>): Policy.Policy<State> => ({
  name: policy.name,
  config: { detector: "none", policy: policy.config },
  initial: policy.initial,
  decide: (state, observation) =>
    observation._tag === "ScenarioChanged" ? [state, Decision.wait] : policy.decide(state, observation)
})
