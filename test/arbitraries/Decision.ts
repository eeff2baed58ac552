/** Decisions of every kind. */
import * as Decision from "@edgeol/core/Decision"
import type { Recipe } from "@edgeol/core/Recipe"
import { seconds } from "@edgeol/core/Units"
import fc from "fast-check"

/** Recipes of some fields. */
export const anyRecipe = (): fc.Arbitrary<Recipe> =>
  fc.record(
    {
      epochs: fc.integer({ min: 1, max: 3 }),
      share: fc.integer({ min: 1, max: 4 }).map((quarters) => quarters / 4),
      replay: fc.nat({ max: 3 }),
      store: fc.constantFrom("balanced" as const, "uniform" as const),
      capacity: fc.integer({ min: 1, max: 9 }),
      cache: fc.boolean(),
      carry: fc.boolean(),
      selfSupervised: fc.record({ weight: fc.nat({ max: 4 }).map((quarters) => quarters / 4) }),
      sparse: fc.record({
        density: fc.integer({ min: 1, max: 4 }).map((quarters) => quarters / 4),
        every: fc.integer({ min: 1, max: 3 }),
        drop: fc.nat({ max: 4 }).map((quarters) => quarters / 4)
      })
    },
    { requiredKeys: [] }
  )

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
  anyRecipe().map(Decision.recipe),
  fc.boolean().map((renew) => Decision.probe({ renew })),
  fc.integer({ min: 0, max: 3 }).map((at) => Decision.wakeAt(seconds(at)))
)

/** Few distinct values, so that equal ones meet. */
export const anyDecision = (): fc.Arbitrary<Decision.Decision> =>
  fc.array(anySingle, { maxLength: 5 }).map((singles) => Decision.all(...singles))
