/** Policies of one's own, under a guard and made of parts. */
import * as Decision from "@edgeol/core/Decision"
import * as MaxWait from "@edgeol/core/guards/MaxWait"
import * as Policies from "@edgeol/core/Policies"
import * as Policy from "@edgeol/core/Policy"
import { patience } from "./patience.ts"

const doubt = Policy.make({
  name: "doubt",
  config: { patience },
  initial: { doubtful: 0 },
  decide({ patience }, state, observation) {
    if (observation._tag !== "RequestServed" || !(observation.confidence < 0.5)) return [state, Decision.wait]
    const doubtful = state.doubtful + 1
    return doubtful < patience ? [{ doubtful }, Decision.wait] : [{ doubtful: 0 }, Decision.train]
  }
})

export const sorry = MaxWait.guard({ seconds: 60 })(Policy.both("sorry", doubt, Policies.parse("hard:0.5")))

export default doubt
