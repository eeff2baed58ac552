/**
 * What the steps of a round work on under a recipe.
 *
 * Assumes that stored samples are there from the first round on, and that their activations are computed in every step:
 * which of them come again within a round is chance.
 */
import * as Recipe from "@edgeol/core/Recipe"
import * as CostModel from "../CostModel.ts"

export interface Minibatches {
  /** Samples of a step, stored ones included. */
  readonly samples: number
  /** How many of the next step's need no pass through the frozen prefix, because an epoch has kept their activations. */
  readonly cached: (frozen: ReadonlyArray<boolean>) => number
}

/** Of a round on so many samples. */
export const make = (recipe: Recipe.Recipe, batchSize: number, samples: number): Minibatches => {
  const { replay, cache } = { ...Recipe.defaults, ...recipe }
  const learnt = Recipe.selected(recipe, samples)
  const own = Math.min(batchSize, learnt)
  const epoch = Math.ceil(learnt / batchSize)
  let depth = 0
  let kept = 0
  const cached = (frozen: ReadonlyArray<boolean>) => {
    const now = CostModel.prefix(frozen)
    if (now !== depth) [depth, kept] = [now, 0]
    return depth === 0 || kept++ < epoch ? 0 : own
  }
  return { samples: own + replay, cached: cache ? cached : () => 0 }
}

/** Samples that the serving model judges to choose those of a round. */
export const judged = ({ share = 1 }: Recipe.Recipe, samples: number): number => (share < 1 ? samples : 0)
