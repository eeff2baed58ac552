/** A round in a fresh process, as a device runs it that gives its memory back between rounds. */
import { fork } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { LearnerError } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import { Effect } from "effect"
import * as Cache from "../tensorflow/Cache.ts"
import type { Replies, Reply, Request } from "./RoundMessages.ts"

export interface RoundProcess {
  /** Seconds from the spawn until the engine was ready. */
  readonly startUp: Ledger.Cost
  /** Costs are the activities that the process measured, and what the exchange took beyond them as `overhead`. */
  readonly ask: <R extends Request>(request: R) => Effect.Effect<Replies[R["kind"]], LearnerError>
  /** Lets the process exit and waits for it; gives the time that took. */
  readonly close: Effect.Effect<Ledger.Cost>
}

const worker = fileURLToPath(new URL("./roundWorker.ts", import.meta.url))

/** A process that does not exit by itself is killed after so many seconds. */
const patience = 5

export const start = Effect.fnUntraced(function* (threads: number) {
  const started = performance.now()
  const child = spawn(threads)
  yield* Effect.onInterrupt(next(child), () => Effect.sync(() => child.process.kill("SIGKILL")))
  const startUp = Ledger.cost("startUp", since(started))
  const process: RoundProcess = { startUp, ask: (request) => ask(child, request), close: close(child) }
  return process
})

/** Compiled code stays on disk for the next round's process: start-up took 1.3 s with it where it took 2.4 s without. */
const compiled = (): string => join(Cache.folder(), "compiled")

interface Child {
  readonly process: ChildProcess
  /** The end of what the process wrote to its standard error. */
  readonly complaint: () => string
}

const spawn = (threads: number): Child => {
  const child = fork(worker, [`${threads}`], {
    serialization: "advanced",
    execArgv: [],
    env: { NODE_COMPILE_CACHE: compiled(), ...process.env },
    stdio: ["ignore", "ignore", "pipe", "ipc"]
  })
  let tail = ""
  child.stderr?.on("data", (text: Buffer) => {
    tail = (tail + text.toString()).slice(-2000)
  })
  child.on("error", (error) => {
    tail += error.message
  })
  return { process: child, complaint: () => tail.trim().split("\n").at(-1) ?? "" }
}

/** The next message, or the process's death. */
const next = (child: Child): Effect.Effect<Reply, LearnerError> =>
  Effect.callback<Reply, LearnerError>((resume) => {
    const { process } = child
    const stop = () => process.off("message", heard).off("exit", died)
    const heard = (reply: Reply) => {
      stop()
      resume(Effect.succeed(reply))
    }
    const died = () => {
      stop()
      resume(Effect.fail(death(child)))
    }
    if (ended(process)) return died()
    process.on("message", heard).on("exit", died)
    return Effect.sync(stop)
  })

const ask = Effect.fnUntraced(function* <R extends Request>(child: Child, request: R) {
  const started = performance.now()
  if (ended(child.process)) return yield* death(child)
  child.process.send(request, () => {}) // a failure to send shows as the exit that caused it
  const reply = yield* next(child)
  if ("failed" in reply) return yield* new LearnerError(reply.failed)
  if ("ready" in reply) return yield* death(child)
  const rest = Math.max(0, since(started) - Ledger.total(Ledger.add(Ledger.empty, reply.costs)))
  return { value: reply.value, costs: [...reply.costs, Ledger.cost("overhead", rest)] } as unknown as Replies[R["kind"]]
})

const close = ({ process }: Child): Effect.Effect<Ledger.Cost> =>
  Effect.callback<Ledger.Cost>((resume) => {
    const started = performance.now()
    const done = () => resume(Effect.succeed(Ledger.cost("startUp", since(started))))
    if (ended(process)) return done()
    const timer = setTimeout(() => process.kill("SIGKILL"), patience * 1000)
    process.on("exit", () => {
      clearTimeout(timer)
      done()
    })
    if (process.connected) process.disconnect()
    return undefined
  })

const ended = (process: ChildProcess): boolean => process.exitCode !== null || process.signalCode !== null

const death = ({ process, complaint }: Child): LearnerError => {
  const end = process.signalCode === null ? `with exit code ${process.exitCode}` : `of ${process.signalCode}`
  const said = complaint() === "" ? "" : `: ${complaint()}`
  const message = `the process of a cold round died ${end}${said}; the model before the round still serves, start it again`
  return new LearnerError({ reason: "Process", message })
}

const since = (start: number): number => (performance.now() - start) / 1000
