/** A cost model times a factor for each activity. */
import type { Activity } from "@edgeol/core/Ledger"
import type { CostModel } from "../CostModel.ts"

/** Activities without a factor stay as they are. */
export const corrected = (costs: CostModel, by: { readonly [A in Activity]?: number }): CostModel => {
  const times = (activity: Activity, value: number) => value * (by[activity] ?? 1)
  const affine = (activity: Activity, { fixed, perSample }: CostModel["forward"]) => ({
    fixed: times(activity, fixed),
    perSample: times(activity, perSample)
  })
  return {
    ...costs,
    startUp: times("startUp", costs.startUp),
    load: times("load", costs.load),
    save: times("save", costs.save),
    optimiser: times("optimiser", costs.optimiser),
    forward: affine("forward", costs.forward),
    backward: affine("backward", costs.backward),
    inference: affine("inference", costs.inference),
    probe: affine("probe", costs.probe),
    validation: affine("validation", costs.validation),
    // Without costs of its own it takes what a judging pass does.
    ...(costs.head === undefined && by.head === undefined
      ? {}
      : { head: affine("head", costs.head ?? costs.validation) }),
    ...(costs.watch === undefined ? {} : { watch: times("probe", costs.watch) })
  }
}
