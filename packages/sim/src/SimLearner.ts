/**
 * A learner as plain functions on a state of its own, for simulation. It learns nothing that takes time or joules: those
 * are a device's. It sees where samples come from, which no policy does.
 */
import type { Validation } from "@edgeol/core/Learner"
import type { Recipe } from "@edgeol/core/Recipe"

/** A labelled batch. */
export interface Batch {
  readonly id: number
  /** Samples to learn. */
  readonly samples: number
  /** Validation samples that came with it, set apart. */
  readonly validation: number
  /** The scenario it is drawn from, numbered from 1; 0 trained the model before it was deployed. */
  readonly scene: number
}

/** What the serving model answers to one request, and what a scorer knows of it. */
export interface Answer {
  /** Free energy and confidence, as in `RequestServed`; read in single precision. */
  energy: number
  confidence: number
  /** Expected accuracy of the serving model in the request's scenario, and whether this answer was right. */
  accuracy: number
  correct: boolean
}

/** How far each unit is from the reference model's on a batch. */
export const distance = (learner: SimLearner, batch: Batch): ReadonlyArray<number> =>
  learner.compare?.(batch) ?? learner.probe([batch]).map((similarity) => 1 - similarity)

export interface SimLearner {
  /** Parts of the model that can be frozen, the head included. */
  readonly units: number
  /** Answers a request drawn from a scene with the serving model; writes into `to`, so that nothing is allocated. */
  readonly answer: (request: number, scene: number, to: Answer) => void
  /** Begins a round on these batches: optimiser steps planned. The old model serves until `finish`. */
  readonly begin: (batches: ReadonlyArray<Batch>) => number
  /** One optimiser step: the loss on its minibatch before the step. */
  readonly step: () => number
  /** What `Decision.Watch` asks for of the last step, where this learner has it; a policy that asks in vain is not told. */
  readonly watched?: (what: "gradients" | "changes") => ReadonlyArray<number>
  readonly finish: () => void
  /** From the next step on, keeps the weights of these units. */
  readonly freeze: (units: ReadonlyArray<boolean>) => void
  /** From the next round on, trains so: all that was said. */
  readonly recipe: (recipe: Recipe) => void
  /** CKA of each unit with the initial model: of the model in training, or the serving one between rounds. */
  readonly probe: (batches: ReadonlyArray<Batch>) => ReadonlyArray<number>
  /** Similarity-preserving loss of each unit on a batch; where a learner has none, 1 - CKA. */
  readonly compare?: (batch: Batch) => ReadonlyArray<number>
  /** Judges the same model on the batches' validation samples; a batch without any has no say. */
  readonly validate: (batches: ReadonlyArray<Batch>) => Validation
  /** Judges it on a batch that is not learnt yet. */
  readonly pretest: (batch: Batch) => Validation
  /** The fast head learns a batch, gives its accuracy on it before, and answers from then on. */
  readonly adapt: (batch: Batch) => number
}
