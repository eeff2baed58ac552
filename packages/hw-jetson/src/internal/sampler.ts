/**
 * The thread that reads the rails: training blocks the main thread for seconds, and a meter there would sleep with it.
 *
 * It sleeps on a shared word; the main thread wakes it for a reading at this very moment. Every sample goes to every
 * open account, so that an account's error is that of its own window.
 */
/* eslint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads"
import * as PowerIntegral from "../PowerIntegral.ts"
import { RailError } from "../RailError.ts"
import type { Channel } from "../Rails.ts"
import * as Rails from "../Rails.ts"
import * as Sysfs from "./sysfs.ts"

export interface Start {
  readonly channels: ReadonlyArray<Channel>
  readonly seconds: number
  readonly options: PowerIntegral.Options
  readonly wake: Int32Array<SharedArrayBuffer>
}

/** `open` and `close` an account, `read` one, or `stop`. */
export interface Request {
  readonly id: number
  readonly what: "open" | "read" | "close" | "stop"
  readonly account: number
}

export interface Reply {
  readonly id: number
  readonly energy: PowerIntegral.Energy
  /** Seconds for which the reading has not changed, and since the last good one. */
  readonly unchangedFor: number
  readonly age: number
  /** The meter's own time, s, and how often it read. */
  readonly busy: number
  readonly reads: number
  /** Watts of each rail in the last good sample. */
  readonly watts: ReadonlyArray<number>
  readonly problem: string | undefined
}

/** Sent once: the sensors are open, or why not. */
export interface Opened {
  readonly opened: boolean
  readonly problem: string | undefined
}

interface State {
  readonly accounts: Map<number, PowerIntegral.Sum>
  watts: ReadonlyArray<number>
  lastGood: number
  busy: number
  reads: number
  problem: string | undefined
}

const run = (start: Start, reader: Rails.Reader): void => {
  const state: State = { accounts: new Map(), watts: [], lastGood: -Infinity, busy: 0, reads: 0, problem: undefined }
  let due = Sysfs.monotonic()
  for (;;) {
    const began = Sysfs.monotonic()
    const at = sample(reader, state)
    for (let request = next(); request !== undefined; request = next()) {
      if (request.what === "stop") return
      answer(request, state, start.options, at)
    }
    state.busy += Sysfs.monotonic() - began
    // A reading asked for in between moves no other.
    const now = Sysfs.monotonic()
    if (due <= now) due = Math.max(due + start.seconds, now)
    Atomics.wait(start.wake, 0, 0, (due - Sysfs.monotonic()) * 1000)
    Atomics.store(start.wake, 0, 0)
  }
}

const next = (): Request | undefined =>
  parentPort === null ? undefined : (receiveMessageOnPort(parentPort)?.message as Request | undefined)

/** Adds a sample to every account and returns its time. */
const sample = (reader: Rails.Reader, state: State): number => {
  const { at, watts, problem } = reader.read()
  const total = watts.reduce((sum, value) => sum + value, 0)
  state.reads++
  state.problem = problem?.message
  if (!Number.isNaN(total)) {
    state.lastGood = at
    state.watts = watts
  }
  for (const [account, sum] of state.accounts) state.accounts.set(account, PowerIntegral.add(sum, at, total))
  return at
}

const answer = (request: Request, state: State, options: PowerIntegral.Options, at: number): void => {
  if (request.what === "open") {
    const total = state.watts.reduce((sum, value) => sum + value, 0)
    const first = state.lastGood === at ? PowerIntegral.add(PowerIntegral.empty(options), at, total) : undefined
    state.accounts.set(request.account, first ?? PowerIntegral.empty(options))
  }
  const sum = state.accounts.get(request.account) ?? PowerIntegral.empty(options)
  if (request.what === "close") state.accounts.delete(request.account)
  const reply: Reply = {
    id: request.id,
    energy: PowerIntegral.energy(sum),
    unchangedFor: sum.unchangedFor,
    age: at - state.lastGood,
    busy: state.busy,
    reads: state.reads,
    watts: state.watts,
    problem: state.problem
  }
  parentPort?.postMessage(reply)
}

const main = (start: Start): void => {
  try {
    const reader = Rails.open(start.channels)
    parentPort?.postMessage({ opened: true, problem: undefined } satisfies Opened)
    run(start, reader)
    reader.close()
  } catch (error) {
    const problem = error instanceof RailError ? error.message : String(error)
    parentPort?.postMessage({ opened: false, problem } satisfies Opened)
  }
}

if (parentPort !== null) main(workerData as Start)
