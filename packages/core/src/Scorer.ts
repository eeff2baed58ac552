/** Judges answers from outside: it knows labels that the device does not, and no policy sees what it says. */
import { Context } from "effect"
import type { Effect } from "effect"
import type { LearnerError, Prediction } from "./Learner.ts"
import type { SamplesError } from "./Samples.ts"

export interface Score {
  /** Accuracy of the serving model on held-out samples of the request's scenario: far less noise than one answer. */
  readonly accuracy: number
  /** Whether this one answer was right. */
  readonly correct: boolean
  /** Mean accuracy over all scenarios met so far, the one before deployment included; measured at a few requests only. */
  readonly seen?: number
}

export class Scorer extends Context.Service<
  Scorer,
  {
    /** Scores a served request, where its label is known. `version` changes whenever the serving model does. */
    readonly score: (
      request: number,
      prediction: Prediction,
      version: number
    ) => Effect.Effect<Score | undefined, LearnerError | SamplesError>
  }
>()("@edgeol/core/Scorer") {}
