/** A process that times training steps with a number of threads. */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type * as Models from "@edgeol/backends/tfjs/Models"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import type { Passes, Reply, Request } from "./StepMessages.ts"

export interface StepProcess {
  readonly time: (request: Request) => Effect.Effect<ReadonlyArray<Passes>, CliError>
}

const worker = fileURLToPath(new URL("./stepWorker.ts", import.meta.url))

/** Ready to time; ends with the scope. */
export const start = Effect.fnUntraced(function* (model: Models.Config, threads: number) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(model, threads)),
    ({ process }) => Effect.sync(() => process.kill("SIGKILL"))
  )
  yield* next(child)
  const time = (request: Request) =>
    Effect.suspend(() => {
      child.process.send(request, () => {}) // a failure to send shows as the exit that caused it
      return next(child)
    })
  return { time } satisfies StepProcess
})

interface Child {
  readonly process: ChildProcess
  readonly complaint: () => string
}

const spawn = (model: Models.Config, threads: number): Child => {
  const process = fork(worker, [`${threads}`, JSON.stringify(model)], {
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"]
  })
  let tail = ""
  process.stderr?.on("data", (text: Buffer) => (tail = (tail + text.toString()).slice(-2000)))
  process.on("error", (error) => (tail += error.message))
  return { process, complaint: () => tail.trim().split("\n").at(-1) ?? "" }
}

/** The next reply, or the process's death. */
const next = (child: Child): Effect.Effect<ReadonlyArray<Passes>, CliError> =>
  Effect.callback<ReadonlyArray<Passes>, CliError>((resume) => {
    const { process } = child
    const stop = () => process.off("message", heard).off("exit", died)
    const heard = (reply: Reply) => {
      stop()
      resume("failed" in reply ? Effect.fail(failure(reply.failed)) : Effect.succeed(reply.times))
    }
    const died = () => {
      stop()
      resume(Effect.fail(failure(child.complaint() || "it said nothing")))
    }
    if (process.exitCode !== null || process.signalCode !== null) return died()
    process.on("message", heard).on("exit", died)
    return Effect.sync(stop)
  })

const failure = (why: string) =>
  new CliError({ message: `The process that times steps has failed (${why}); run the command again, it goes on.` })
