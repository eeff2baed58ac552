/**
 * A learner of which nothing is known: what it shows is made up, each time otherwise. A policy that spends the same on
 * all of them asks for rounds whatever is learnt, so that its costs are known where its accuracy is not.
 */
import type { Validation } from "@edgeol/core/Learner"
import * as Recipe from "@edgeol/core/Recipe"
import type { Answer, Batch, SimLearner } from "../SimLearner.ts"

/** It knows all, nothing, each second scene, or has no numbers to show. */
export const moods = ["well", "badly", "turning", "silent"] as const
export type Mood = (typeof moods)[number]

export interface Options {
  readonly units: number
  /** Samples of a step, and how often a round goes through its samples. */
  readonly batchSize: number
  readonly epochs: number
  /** Whether a fast head does the same in every mood: then moods tell what a policy looks at beside it. */
  readonly isHeadKnown?: boolean
}

/** Accuracy is never said: it would be made up. */
export const make = ({ units, batchSize, epochs, isHeadKnown = false }: Options, mood: Mood): SimLearner => {
  let scene = 1
  let recipe: Recipe.Recipe = {}
  const skill = (of: number) =>
    mood === "silent" ? NaN : mood === "well" || (mood === "turning" && of % 2 === 1) ? 1 : 0
  const judged = (of: number): Validation => ({
    accuracy: skill(of),
    loss: 4 * (1 - skill(of)),
    energyMean: -4 * skill(of),
    energyDeviation: mood === "silent" ? NaN : 1
  })
  const newest = (batches: ReadonlyArray<Batch>) => batches.at(-1)?.scene ?? scene
  const similar = () => Array.from({ length: units }, (_, unit) => (skill(scene) + unit) / (units + 1))
  return {
    units,
    answer(request, of, to: Answer) {
      // Not always the same, so that detectors have a deviation to go by.
      to.energy = -4 * skill(of) + (request % 5) / 10
      to.confidence = (skill(of) + 1) / 2
      to.accuracy = NaN
      to.correct = false
    },
    begin(batches) {
      scene = newest(batches)
      const samples = batches.reduce((sum, batch) => sum + batch.samples, 0)
      return Math.ceil(Recipe.selected(recipe, samples) / batchSize) * Recipe.passes(recipe, epochs)
    },
    step: () => 4 * (1 - skill(scene)) + 0.1,
    watched: () => similar(),
    finish() {},
    freeze() {},
    recipe(of) {
      recipe = of
    },
    probe: () => similar(),
    validate: (batches) => judged(newest(batches)),
    pretest: (batch) => judged(batch.scene),
    adapt: (batch) => (isHeadKnown ? (batch.id % 8) / 8 : skill(batch.scene))
  }
}
