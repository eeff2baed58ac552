/** The model on the device: it answers requests, and learns in rounds. */
// Single modules: a cold round starts a process that loads these, and all of effect takes three times as long.
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"
import type { Effect, Scope } from "effect"
import type { Watched } from "./Decision.ts"
import type { Examples } from "./Examples.ts"
import type { Metered } from "./Ledger.ts"
import type { Recipe } from "./Recipe.ts"

/** One answer for each input. */
export interface Prediction {
  readonly labels: Int32Array
  /** Free energy `-logsumexp(logits)`, nats. */
  readonly energy: Float32Array
  /** Largest softmax probability. */
  readonly confidence: Float32Array
}

/** What validation samples say of a model. `NaN` without samples. */
export interface Validation {
  readonly accuracy: number
  readonly loss: number
  readonly energyMean: number
  readonly energyDeviation: number
}

/** An optimiser step. */
export interface Stepped {
  /** On its minibatch, before the step. */
  readonly loss: number
  /** The watched measure by unit, where one is watched; `NaN` for a unit that did not train. */
  readonly units?: ReadonlyArray<number>
}

/**
 * A round in progress. It trains a copy: the old model serves until `finish`.
 * Leaving the scope without `finish` drops the round.
 */
export interface Round {
  /** Optimiser steps planned. */
  readonly steps: number
  readonly step: Effect.Effect<Metered<Stepped>, LearnerError>
  /** Saves a checkpoint durably and serves the new model. Gives the checkpoint's name. */
  readonly finish: Effect.Effect<Metered<string>, LearnerError>
}

export class Learner extends Context.Service<
  Learner,
  {
    /** The parts of the model that can be frozen, from input to output; the last is the head and always trains. */
    readonly units: ReadonlyArray<string>
    /** Answers with the serving model. */
    readonly predict: (inputs: Examples) => Effect.Effect<Metered<Prediction>, LearnerError>
    /** Begins a round on these samples. */
    readonly begin: (samples: Examples) => Effect.Effect<Metered<Round>, LearnerError, Scope.Scope>
    /** From the next step on, keeps the weights of these units. */
    readonly freeze: (units: ReadonlyArray<boolean>) => Effect.Effect<void, LearnerError>
    /** From the next round on, trains so: all that was said, no field of an earlier call stays. */
    readonly recipe: (recipe: Recipe) => Effect.Effect<void, LearnerError>
    /** From the next step on, measures this of each step, until told otherwise. */
    readonly watch: (what: Watched) => Effect.Effect<void, LearnerError>
    /**
     * CKA of each unit's activations between the reference (initial) model and the model in training, or the serving
     * model between rounds. Reference activations are kept while `probe` is the same object.
     */
    readonly probe: (probe: Examples) => Effect.Effect<Metered<ReadonlyArray<number>>, LearnerError>
    /** Similarity-preserving loss of each unit between the same model and the reference rounded to 8 bits. */
    readonly compare: (samples: Examples) => Effect.Effect<Metered<ReadonlyArray<number>>, LearnerError>
    /** Judges the model in training, or the serving model between rounds. */
    readonly validate: (samples: Examples) => Effect.Effect<Metered<Validation>, LearnerError>
    /**
     * Lets the fast head learn these samples at once, and gives its accuracy on them before. From then on it answers, on
     * the serving model's features.
     */
    readonly adapt: (samples: Examples) => Effect.Effect<Metered<number>, LearnerError>
    /** Saves the serving model, optimiser and generators durably, as it stands, its fast head included. Gives the checkpoint's name. */
    readonly save: Effect.Effect<Metered<string>, LearnerError>
    /** Goes back to a checkpoint. */
    readonly restore: (checkpoint: string) => Effect.Effect<Metered<void>, LearnerError>
  }
>()("@edgeol/core/Learner") {}

/** `Engine`: it cannot be loaded or failed; `Checkpoint`: damaged, missing or of another model; `Process`: a round's process died. */
export class LearnerError extends Schema.TaggedError<LearnerError>()("LearnerError", {
  reason: Schema.Literals(["Engine", "Checkpoint", "Process"]),
  message: Schema.String
}) {}
