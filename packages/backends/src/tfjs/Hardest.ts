/** A round's hardest samples, by the loss of the model that serves (as selective backprop does; Jiang et al. 2019). */
import * as Examples from "@edgeol/core/Examples"
import * as Recipe from "@edgeol/core/Recipe"
import * as Judge from "./Judge.ts"
import * as Learned from "./Learned.ts"
import type * as Model from "./Model.ts"
import * as Net from "./Net.ts"

/** In the order in which they came; of equals the earlier. A loss that is no number counts as the largest. */
export const select = (
  net: Net.Net,
  units: Model.FoldedUnits,
  seen: ReadonlyArray<boolean>,
  samples: Examples.Examples,
  recipe: Recipe.Recipe
): Examples.Examples => {
  const losses = Judge.losses(Net.logits(net, units, samples), samples.labels, Learned.answers(seen))
  return Examples.take(samples, positions(losses, Recipe.selected(recipe, samples.count)))
}

/** Of the `count` largest. */
export const positions = (losses: Float32Array, count: number): ReadonlyArray<number> => {
  const size = (i: number) => (Number.isNaN(losses[i]) ? Infinity : losses[i]!)
  return Array.from(losses.keys())
    .toSorted((a, b) => (size(a) === size(b) ? a - b : size(b) - size(a)))
    .slice(0, count)
    .toSorted((a, b) => a - b)
}
