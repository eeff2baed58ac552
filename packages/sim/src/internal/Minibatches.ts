/**
 * What the steps of a round work on under a recipe.
 *
 * Assumes that stored samples are there from the first round on, and that their activations are computed in every step:
 * which of them come again within a round is chance. Self-supervision passes two views of each minibatch there and back,
 * unless only the head trains; making them, and its heads, take no time here. A sparse step costs what a dense one does,
 * as kernels are dense.
 */
import * as Recipe from "@edgeol/core/Recipe"
import * as CostModel from "../CostModel.ts"

export interface Minibatches {
  /** Samples of a step, stored ones included. */
  readonly samples: number
  /** How many of the next step's need no pass through the frozen prefix, because an epoch has kept their activations. */
  readonly cached: (frozen: ReadonlyArray<boolean>) => number
  /** Views that it looks at besides. */
  readonly views: (frozen: ReadonlyArray<boolean>) => number
}

/** Of a round on so many samples, and so many without a label. */
export const make = (
  recipe: Recipe.Recipe,
  batchSize: number,
  samples: number,
  unlabelled: number = 0
): Minibatches => {
  const { replay, cache } = { ...Recipe.defaults, ...recipe }
  const doubled = Recipe.isSelfSupervised(recipe)
  const learnt = Recipe.selected(recipe, samples) + (doubled ? unlabelled : 0)
  const own = Math.min(batchSize, learnt)
  const epoch = Math.ceil(learnt / batchSize)
  let depth = 0
  let kept = 0
  const cached = (frozen: ReadonlyArray<boolean>) => {
    const now = CostModel.prefix(frozen)
    if (now !== depth) [depth, kept] = [now, 0]
    return depth === 0 || kept++ < epoch ? 0 : own
  }
  const views = (frozen: ReadonlyArray<boolean>) =>
    doubled && CostModel.prefix(frozen) < frozen.length - 1 ? 2 * (own + replay) : 0
  return { samples: own + replay, cached: cache ? cached : () => 0, views }
}

/** Samples that the serving model judges to choose those of a round. */
export const judged = ({ share = 1 }: Recipe.Recipe, samples: number): number => (share < 1 ? samples : 0)
