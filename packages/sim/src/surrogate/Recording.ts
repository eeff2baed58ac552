/** What a surrogate is fitted on: one real run, told as what was learnt and what was seen of the models on the way. */
import type { Batch } from "../SimLearner.ts"

/** A round: its batches, and for each step the length of the frozen prefix and the loss. */
export interface Round {
  readonly batches: ReadonlyArray<Batch>
  readonly depths: ReadonlyArray<number>
  readonly losses: ReadonlyArray<number>
}

/** A point in a run: rounds finished, and steps into the one that runs. */
export interface Place {
  readonly version: number
  readonly steps: number
}

/** How well a model that served does in a scene, on held-out samples; `requests` of the scene were answered by it. */
export interface Sight {
  readonly version: number
  readonly scene: number
  readonly accuracy: number
  readonly requests: number
}

/** Free energy and confidence of a model that served, over held-out samples of a scene. */
export interface Feeling {
  readonly version: number
  readonly scene: number
  readonly energyMean: number
  readonly energyDeviation: number
  readonly confidence: number
}

/** CKA of the units on a probe; `fresh` says that the probe was not measured before. */
export interface Probed extends Place {
  readonly batches: ReadonlyArray<Batch>
  readonly fresh: boolean
  readonly similarity: ReadonlyArray<number>
}

/** A model judged on validation samples or, before it learns them, on a batch. */
export interface Judged extends Place {
  readonly batches: ReadonlyArray<Batch>
  readonly accuracy: number
  readonly loss: number
}

/** One request, in order. */
export interface Answered {
  readonly version: number
  readonly scene: number
  readonly energy: number
  readonly confidence: number
  readonly correct: boolean
}

export interface Recording {
  readonly policy: string
  readonly seed: number
  /** Scenes, the one before deployment included, numbered from 0. */
  readonly scenes: number
  readonly units: number
  readonly rounds: ReadonlyArray<Round>
  readonly sights: ReadonlyArray<Sight>
  readonly feelings: ReadonlyArray<Feeling>
  readonly probed: ReadonlyArray<Probed>
  readonly validated: ReadonlyArray<Judged>
  readonly pretested: ReadonlyArray<Judged>
  readonly answered: ReadonlyArray<Answered>
}

/** The run's figure: mean over requests of the serving model's accuracy in the request's scene. */
export const accuracy = ({ sights }: Recording): number => {
  let [sum, requests] = [0, 0]
  for (const sight of sights) {
    sum += sight.requests * sight.accuracy
    requests += sight.requests
  }
  return sum / requests
}

/** What is known of a seed before anything was learnt on line. */
export const start = (recording: Recording): Recording => ({
  ...recording,
  rounds: [],
  sights: recording.sights.filter(({ version }) => version === 0),
  feelings: recording.feelings.filter(({ version }) => version === 0),
  probed: [],
  validated: [],
  pretested: [],
  answered: []
})
