/** A notebook that fails, or a machine that cannot execute any: one sentence that says what to do. */
import { Schema } from "effect"

export class NotebookError extends Schema.TaggedError<NotebookError>()("NotebookError", { message: Schema.String }) {}
