/** Ways to run a round: how much of the model is frozen, which samples it learns, and how often. */
import * as Decision from "./Decision.ts"
import * as Exact from "./Exact.ts"
import * as Policy from "./Policy.ts"
import type { Recipe } from "./Recipe.ts"

export const fields = {
  /** Lengths of the frozen prefix that are considered, from none to all but the head. */
  depths: Policy.field(Policy.PositiveInt, 1),
  /** Shares of the samples that are considered, those with the largest loss: all, a half, a quarter … */
  shares: Policy.field(Policy.PositiveInt, 1),
  /** Passes over the samples that are considered: so many, and half of that. 0 leaves them to the learner. */
  epochs: Policy.field(Policy.NonNegativeInt, 0)
}

export interface Way {
  /** Share of the units below the head that keep their weights. */
  readonly frozen: number
  readonly recipe: Recipe
  /** What it computes, of what a round computes that trains everything on everything. */
  readonly compute: number
}

interface Considered {
  readonly depths: number
  readonly shares: number
  readonly epochs: number
}

export const all = ({ depths, shares, epochs }: Considered): ReadonlyArray<Way> => {
  const passes = epochs === 0 ? [undefined] : epochs === 1 ? [1] : [epochs, Math.ceil(epochs / 2)]
  return [...Array(depths).keys()].flatMap((depth) =>
    [...Array(shares).keys()].flatMap((halvings) =>
      passes.map((of) => way(depths === 1 ? 0 : depth / (depths - 1), Exact.powerOfTwo(-halvings), of, epochs))
    )
  )
}

/** Of a pass forward and two backward, the frozen prefix spares what is backward. */
const way = (frozen: number, share: number, passes: number | undefined, epochs: number): Way => ({
  frozen,
  recipe: { share, ...(passes === undefined ? {} : { epochs: passes }) },
  compute: (1 - (2 / 3) * frozen) * share * (passes === undefined ? 1 : passes / epochs)
})

/** What makes the next round run this way. */
export const decision = ({ frozen, recipe }: Way, units: number): Decision.Decision => {
  const depth = Math.round(frozen * (units - 1))
  return Decision.all(
    Decision.freeze(Array.from({ length: units }, (_, unit) => unit < depth)),
    Decision.recipe(recipe)
  )
}
