/** What keeps the agent from its work: one sentence that says what to do. */
import * as Schema from "effect/Schema"

export class AgentError extends Schema.TaggedError<AgentError>()("AgentError", { message: Schema.String }) {}

/** What the system says, in its first line, without its code and call. */
export const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replace(/\n.*/s, "")
    .replace(/^[A-Z]+: /, "")
    .replace(/, \w+( .*)?$/, "")

/** Whether the system refuses to write because there is no room left. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["ENOSPC", "EDQUOT", "EFBIG"].includes(String(error.code))
