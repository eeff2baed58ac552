/** A policy that does what none may. */
import * as Decision from "@edgeol/core/Decision"
import * as Policy from "@edgeol/core/Policy"

const decide = (_: object, state: { readonly last: number }) =>
  [{ last: Date.now() - state.last }, Decision.wait] as const

const made = (name: string) => Policy.make({ name, config: {}, initial: { last: 0 }, decide })

export const early = made("early")
export const late = made("late")
