/** The laws of a guard, a function from policy to policy. */
import * as Decision from "@edgeol/core/Decision"
import * as EdgeOL from "@edgeol/core/policies/EdgeOL"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as Never from "@edgeol/core/policies/Never"
import * as Periodic from "@edgeol/core/policies/Periodic"
import type { Policy } from "@edgeol/core/Policy"
import * as Json from "@edgeol/verify/Json"
import type { Law } from "@edgeol/verify/Laws"

/** Its state holds the guarded policy's as `inner`. */
export type Guard = (policy: Policy) => Policy

/** Policies to guard: from one that never asks for anything to one that asks for everything. */
export const guarded: ReadonlyArray<Policy> = [
  Never.make(),
  Immediate.make(),
  Periodic.make({ every: 3 }),
  EdgeOL.make({ freeze: { every: 3 } })
]

/** It shows its policy all that happens, in `state.inner`, and changes only when rounds start. */
export const transparent =
  (guard: Guard, policy: Policy): Law =>
  (_, history) => {
    const outer = guard(policy)
    let [state, bare] = [outer.initial, policy.initial]
    for (const observation of history) {
      const [next, decision] = outer.decide(state, observation)
      const [inner, asked] = policy.decide(bare, observation)
      const path = Json.difference(inner, next.inner, "state.inner")
      if (path !== undefined) return `The guard changes ${path} of ${policy.name} at ${observation._tag}.`
      if (!Json.equal(rest(decision), rest(asked))) {
        return `The guard changes more of what ${policy.name} decides at ${observation._tag} than when rounds start.`
      }
      ;[state, bare] = [next, inner]
    }
    return undefined
  }

const rest = (decision: Decision.Decision) => Decision.without(Decision.without(decision, "Train"), "WakeAt")
