/** Why a device could not be reached or changed: one sentence that says what is as it was, and what to do. */
import { Schema } from "effect"

export class DeployError extends Schema.TaggedError<DeployError>()("DeployError", { message: Schema.String }) {}
