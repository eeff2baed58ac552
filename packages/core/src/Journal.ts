/** The record of a run: what was observed and decided, and from where it can go on after a power cut. */
import { Context, Effect, Layer, Schema } from "effect"
import type { Option } from "effect"
import * as Decision from "./Decision.ts"
import { activities } from "./Ledger.ts"
import * as Observation from "./Observation.ts"
import { Recipe } from "./Recipe.ts"
import { Joules, Seconds } from "./Units.ts"

const Costs = Schema.Record(Schema.Literals(activities), Schema.optionalKey(Seconds))

/** One line of a tape: an observation, the decision it met, and what happened since the line before. */
export const Entry = Schema.Struct({
  observation: Observation.Observation,
  decision: Decision.Decision,
  /** Seconds by activity since the line before; over a tape they add up to the clock. */
  costs: Costs,
  /** Joules since the line before, spent on fine-tuning and in all. */
  joules: Schema.Struct({ fineTuning: Joules, all: Joules }),
  /** At `RequestServed`: the scorer's judgement, which no policy sees. */
  score: Schema.optionalKey(
    Schema.Struct({ accuracy: Schema.Number, correct: Schema.Boolean, seen: Schema.optionalKey(Schema.Number) })
  )
})
export type Entry = typeof Entry.Type

const Ids = Schema.Array(Schema.Int)

/** Everything the loop needs to go on; taken between rounds. */
export const Snapshot = Schema.Struct({
  at: Seconds,
  /** Arrivals taken from the stream. */
  arrivals: Schema.Int,
  /** The policy's state. */
  policy: Schema.Unknown,
  waiting: Ids,
  /** Newest batches, oldest first: their validation samples are in use. */
  recent: Ids,
  probe: Ids,
  /** The batch that the fast head learnt last; -1: none. */
  adapted: Schema.Int,
  frozen: Schema.Array(Schema.Boolean),
  /** What steps are watched for. */
  watch: Schema.Literals(["nothing", "gradients", "changes"]),
  /** How rounds train; runs of before there were recipes have none. */
  recipe: Schema.withDecodingDefaultKey<typeof Recipe>(Effect.succeed({}))(Recipe),
  timers: Schema.Array(Seconds),
  wantsRound: Schema.Boolean,
  rounds: Schema.Int,
  iterations: Schema.Int,
  costs: Costs,
  /** What the clock and the books show after the last line of the tape: a save between lines. */
  pending: Schema.optionalKey(Schema.Struct({ seconds: Seconds, costs: Costs })),
  /** The learner's checkpoint. */
  checkpoint: Schema.String
})
export type Snapshot = typeof Snapshot.Type

export class Journal extends Context.Service<
  Journal,
  {
    readonly append: (entry: Entry) => Effect.Effect<void, JournalError>
    /** Makes everything appended so far durable, with the state to go on from. */
    readonly snapshot: (state: Snapshot) => Effect.Effect<void, JournalError>
    /** Where an earlier run stopped, if this one continues it. */
    readonly resume: Effect.Effect<Option.Option<Snapshot>, JournalError>
  }
>()("@edgeol/core/Journal") {}

/** `Unwritable`: the folder or disk refuses; `Damaged`: a line or snapshot cannot be read. */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  reason: Schema.Literals(["Unwritable", "Damaged"]),
  message: Schema.String
}) {}

/** Keeps the tape in memory; `from` is where to go on. */
export const memory = (tape: Array<Entry>, from: Option.Option<Snapshot>): Layer.Layer<Journal> =>
  Layer.succeed(Journal, {
    append: (entry) => Effect.sync(() => void tape.push(entry)),
    snapshot: () => Effect.void,
    resume: Effect.succeed(from)
  })
