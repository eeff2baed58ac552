/** A command that cannot do what was asked: one sentence that says what to do. */
import { Schema } from "effect"

export class CliError extends Schema.TaggedError<CliError>()("CliError", { message: Schema.String }) {}
