/** What is wrong with a file of a checkpoint, in a sentence. */
import { LearnerError } from "@edgeol/core/Learner"

/** The message begins small and ends without a full stop. */
export const failure = (message: string) =>
  new LearnerError({ reason: "Checkpoint", message: `${message.charAt(0).toUpperCase()}${message.slice(1)}.` })

/** What was said, in its first line, without the system's code and call. */
export const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replace(/\n.*/s, "")
    .replace(/^[A-Z]+: /, "")
    .replace(/, \w+( '.*)?$/, "")
