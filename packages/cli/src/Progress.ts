/** Progress on standard error, for a person at a terminal; silent elsewhere. */
import { Effect } from "effect"
import type { Scope } from "effect"
import { Presets, SingleBar } from "cli-progress"

export interface Progress {
  /** Work done so far, of the total. */
  readonly to: (done: number, doing: string) => void
}

/** A bar with the time left, until the scope closes. */
export const bar = (total: number): Effect.Effect<Progress, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const line = new SingleBar(
          { format: "{bar} {percentage} %  {doing}  {eta_formatted} left", hideCursor: true, etaBuffer: 40 },
          Presets.rect
        )
        if (process.stderr.isTTY) line.start(total, 0, { doing: "" })
        return line
      }),
      (line) => Effect.sync(() => line.stop())
    ),
    (line) => ({ to: (done, doing) => line.update(done, { doing }) })
  )
