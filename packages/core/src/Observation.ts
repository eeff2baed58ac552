/** What a policy sees: everything that happens, the consequences of its own decisions included. */
import { Schema } from "effect"
import { Joules, Seconds } from "./Units.ts"

const at = Seconds
const Count = Schema.Int

/** The run begins. `units` are the parts of the model that can be frozen, from input to output; the last is the head. */
export const Started = Schema.TaggedStruct("Started", { at, units: Count })

/** A labelled batch arrived and waits to be learnt. */
export const BatchArrived = Schema.TaggedStruct("BatchArrived", { at, batch: Count, samples: Count })

/**
 * A request was answered by the serving model.
 * `energy` is the free energy of its logits, `E = -logsumexp(f)` (Liu et al., 2020): higher is more foreign.
 * `confidence` is the largest softmax probability.
 */
export const RequestServed = Schema.TaggedStruct("RequestServed", {
  at,
  request: Count,
  arrivedAt: Seconds,
  energy: Schema.Number,
  confidence: Schema.Number
})

/** The world changed: told by an oracle that knows the stream's borders, or inferred by a detector. */
export const ScenarioChanged = Schema.TaggedStruct("ScenarioChanged", {
  at,
  source: Schema.Literals(["oracle", "detector"])
})

/** A round began on every batch that waited. */
export const RoundStarted = Schema.TaggedStruct("RoundStarted", { at, round: Count, batches: Count, samples: Count })

/**
 * One optimiser step of the running round. `iteration` counts over the whole run. `units` is what `Decision.Watch` asks
 * for, where it does: `NaN` for a unit that did not train.
 */
export const StepFinished = Schema.TaggedStruct("StepFinished", {
  at,
  round: Count,
  iteration: Count,
  loss: Schema.Number,
  units: Schema.optionalKey(Schema.Array(Schema.Number))
})

/** The round's model now serves. `seconds` and `joules` are the whole round's, start-up and save included. */
export const RoundFinished = Schema.TaggedStruct("RoundFinished", {
  at,
  round: Count,
  batches: Count,
  iterations: Count,
  seconds: Seconds,
  joules: Joules
})

/** CKA of each unit's activations with the reference model's, on the kept probe (`NaN` where it is undefined). */
export const Probed = Schema.TaggedStruct("Probed", { at, similarity: Schema.Array(Schema.Number) })

/**
 * Similarity-preserving loss of each unit (Tung and Mori, 2019) on the newest batch of `b` samples:
 * `||G - R||_F^2 / b^2`, with `G` the Gram matrix of its activations, rows of length 1, and `R` the same of the reference
 * model rounded to 8 bits.
 */
export const Compared = Schema.TaggedStruct("Compared", { at, distance: Schema.Array(Schema.Number) })

/** Accuracy and loss on the newest validation samples; mean and standard deviation of their free energy. */
export const Validated = Schema.TaggedStruct("Validated", {
  at,
  samples: Count,
  accuracy: Schema.Number,
  loss: Schema.Number,
  energyMean: Schema.Number,
  energyDeviation: Schema.Number
})

/** Accuracy and loss of the serving model on the newest batch, before it is learnt (prequential; Dawid, 1984). */
export const Pretested = Schema.TaggedStruct("Pretested", {
  at,
  batch: Count,
  samples: Count,
  accuracy: Schema.Number,
  loss: Schema.Number
})

/** The fast head learnt a batch, with this accuracy on it before (prequential; Dawid, 1984). It answers from now on. */
export const Adapted = Schema.TaggedStruct("Adapted", {
  at,
  batch: Count,
  samples: Count,
  accuracy: Schema.Number
})

/** A time asked for with `Decision.wakeAt` has come. */
export const TimerFired = Schema.TaggedStruct("TimerFired", { at })

export const Observation = Schema.Union([
  Started,
  BatchArrived,
  RequestServed,
  ScenarioChanged,
  RoundStarted,
  StepFinished,
  RoundFinished,
  Probed,
  Compared,
  Validated,
  Pretested,
  Adapted,
  TimerFired
])
export type Observation = typeof Observation.Type
