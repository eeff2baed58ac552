/** The agent on a machine of its own: its sensors, its log, the service manager, and tfjs-node. */
import { mkdirSync } from "node:fs"
import { Effect } from "effect"
import * as Agent from "./Agent.ts"
import * as Log from "./Log.ts"
import * as Meter from "./Meter.ts"
import * as Notify from "./Notify.ts"
import * as Subject from "./Subject.ts"

export interface Options extends Pick<Agent.Options, "subject" | "state" | "socket" | "port" | "inbox" | "onReady"> {
  /** Whose watts stand in where there is no sensor, such as `orin-nano@15W`. */
  readonly device: string
  /** Where the file system of the board is; `/` on a board. */
  readonly root: string
}

/** Runs until it is interrupted, by SIGTERM for one. */
export const run = Effect.fnUntraced(function* ({ device, root, ...options }: Options) {
  mkdirSync(options.state, { recursive: true, mode: 0o700 })
  const log = Log.open(options.state)
  const notify = yield* Effect.acquireRelease(
    Effect.sync(() => Notify.open(process.env, log)),
    (opened) =>
      Effect.sync(() => {
        opened.send("STOPPING=1")
        opened.close()
      })
  )
  yield* Agent.run({
    ...options,
    log,
    notify,
    learner: (folder) => Subject.learner(options.subject, folder),
    meter: Meter.choose(root, device, log),
    onReady: (ready) => {
      const { policy, experiment } = options.subject
      const port = ready.port === undefined ? "" : ` and port ${ready.port}`
      log(`${policy.name} on ${experiment.name} answers on ${options.socket}${port}.`)
      options.onReady?.(ready)
    }
  })
}, Effect.scoped)
