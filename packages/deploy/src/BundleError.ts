/** A bundle, release or runtime that is refused or cannot be made: one sentence that says why. */
import { Schema } from "effect"

export class BundleError extends Schema.TaggedError<BundleError>()("BundleError", { message: Schema.String }) {}

/** What a failed action says, unless it already says it in a sentence. */
export const from =
  (what: string) =>
  (cause: unknown): BundleError =>
    cause instanceof BundleError
      ? cause
      : new BundleError({ message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}.` })
