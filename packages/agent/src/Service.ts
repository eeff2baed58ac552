/** The agent on a machine of its own: its sensors, its log, the service manager, and tfjs-node. */
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

/** What the releases of a process share. */
export interface Manager {
  readonly log: Log.Log
  readonly notify: Notify.Notify
}

/** The log in the state folder, which is there, and the service manager, who is told when the scope ends. */
export const open = Effect.fnUntraced(function* (state: string) {
  const log = Log.open(state)
  const notify = yield* Effect.acquireRelease(
    Effect.sync(() => Notify.open(process.env, log)),
    (opened) =>
      Effect.sync(() => {
        opened.send("STOPPING=1")
        opened.close()
      })
  )
  return { log, notify } satisfies Manager
})

/** Runs until it is interrupted. */
export const serve = ({ device, root, ...options }: Options, { log, notify }: Manager) =>
  Agent.run({
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

/** Both, until it is interrupted, by SIGTERM for one. */
export const run = (options: Options) =>
  Effect.scoped(Effect.flatMap(open(options.state), (manager) => serve(options, manager)))
