/** What arrives at the device: labelled batches, requests, and (for an oracle) the borders of scenarios. */
import { Context, Schema } from "effect"
import type { Effect } from "effect"
import type { Examples } from "./Examples.ts"
import type { Seconds } from "./Units.ts"

/** Labelled samples: `train` to learn from, `validation` set apart and never learnt or requested. */
export interface Batch {
  readonly train: Examples
  readonly validation: Examples
}

export type Arrival =
  | { readonly _tag: "Batch"; readonly at: Seconds; readonly id: number; readonly samples: number }
  | { readonly _tag: "Request"; readonly at: Seconds; readonly id: number }
  | { readonly _tag: "Scenario"; readonly at: Seconds; readonly id: number; readonly name: string }

export class Samples extends Context.Service<
  Samples,
  {
    /** Height, width, channels of every image. */
    readonly shape: Examples["shape"]
    /**
     * The next arrival, waiting for it no longer than `until`: a recorded stream sleeps, a live one blocks.
     * `Nothing` when `until` came first; `Ended` when there will be no more.
     */
    readonly next: (until: Seconds) => Effect.Effect<Arrival | Nothing | Ended, SamplesError>
    /** The samples of a batch that arrived; also after a restart. */
    readonly batch: (id: number) => Effect.Effect<Batch, SamplesError>
    /** The input of a request that arrived (its label, if known, is for scoring only). */
    readonly request: (id: number) => Effect.Effect<Examples, SamplesError>
    /** From now the run's time counts on from `at`, and `taken` arrivals are behind it: both 0 in a new run. */
    readonly start: (at: Seconds, taken: number) => Effect.Effect<void, SamplesError>
  }
>()("@edgeol/core/Samples") {}

export interface Nothing {
  readonly _tag: "Nothing"
}
export interface Ended {
  readonly _tag: "Ended"
}

/** Data that is missing, damaged or out of order. */
export class SamplesError extends Schema.TaggedError<SamplesError>()("SamplesError", { message: Schema.String }) {}
