/** What a policy looks at, by running it where nothing is learnt, in several moods. */
import type { Policy } from "@edgeol/core/Policy"
import type * as Summary from "@edgeol/core/Summary"
import * as Untold from "@edgeol/sim/replay/Untold"
import * as Model from "./Model.ts"

export interface Asked {
  readonly policy: string
  /** Whether it asks for the same whatever is learnt. */
  readonly isBlind: boolean
  /** Whether there is a surrogate for all that it has learnt. */
  readonly isLearnt: boolean
}

/** The policy of a tape, and another one. */
export interface Both {
  readonly own: Asked
  readonly other: Asked
}

export const of = (model: Model.Model, policy: Policy): Asked => {
  const ran = inMoods(model, policy)
  const adapts = ran.some((one) => (one.seconds.head ?? 0) > 0)
  const { learnt } = model
  return {
    policy: policy.name,
    isBlind: isSame(ran),
    // How sure a head is of its answers, and how it does on other samples than those that it learns, nothing tells.
    isLearnt: learnt !== undefined && (!adapts || (learnt.head !== undefined && isSame(inMoods(model, policy, true))))
  }
}

const inMoods = (model: Model.Model, policy: Policy, isHeadKnown = false) =>
  Untold.moods.map(
    (mood) => Model.run({ ...model, learnt: undefined }, policy, Model.luck(model, 0), mood, isHeadKnown).summary
  )

const isSame = (ran: ReadonlyArray<Summary.Summary>) =>
  new Set(ran.map((one) => JSON.stringify(one.seconds))).size === 1
