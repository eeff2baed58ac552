/** Decisions of every kind. */
import * as Decision from "@edgeol/core/Decision"
import { seconds } from "@edgeol/core/Units"
import fc from "fast-check"

const anySingle: fc.Arbitrary<Decision.Single> = fc.oneof(
  fc.constantFrom(
    Decision.wait,
    Decision.train,
    Decision.stopRound,
    Decision.validate,
    Decision.pretest,
    Decision.compare,
    Decision.adapt
  ),
  fc.array(fc.boolean(), { maxLength: 3 }).map(Decision.freeze),
  fc.constantFrom("nothing" as const, "gradients" as const, "changes" as const).map(Decision.watch),
  fc.boolean().map((renew) => Decision.probe({ renew })),
  fc.integer({ min: 0, max: 3 }).map((at) => Decision.wakeAt(seconds(at)))
)

/** Few distinct values, so that equal ones meet. */
export const anyDecision = (): fc.Arbitrary<Decision.Decision> =>
  fc.array(anySingle, { maxLength: 5 }).map((singles) => Decision.all(...singles))
