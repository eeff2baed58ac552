/** A policy of one's own: learns when the last requests went badly. */
import * as Decision from "@edgeol/core/Decision"
import * as Policy from "@edgeol/core/Policy"
import { patience } from "./patience.ts"

export const sorry = Policy.make({
  name: "sorry",
  config: { patience },
  initial: { doubtful: 0 },
  decide({ patience }, state, observation) {
    if (observation._tag !== "RequestServed" || !(observation.confidence < 0.5)) return [state, Decision.wait]
    const doubtful = state.doubtful + 1
    return doubtful < patience ? [{ doubtful }, Decision.wait] : [{ doubtful: 0 }, Decision.train]
  }
})
