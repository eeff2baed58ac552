/**
 * The module's energy on a Jetson, sampled in a thread of its own.
 *
 * The counter runs from when the meter started. A reading is taken at the moment it is asked for, so nothing is
 * extrapolated. An account measures one stretch of work with the error of that stretch. The meter's own time is known:
 * `cost` gives it for the ledger (on a Nano a logger cost 1.5 W; 10 Hz of one rail is 1 % of a core at 1 ms a reading).
 */
/* eslint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import { EnergyMeter, MeterError } from "@edgeol/core/EnergyMeter"
import type { Cost } from "@edgeol/core/Ledger"
import * as Ledger from "@edgeol/core/Ledger"
import { joules } from "@edgeol/core/Units"
import type { Scope } from "effect"
import { Effect, Layer } from "effect"
import { Worker } from "node:worker_threads"
import * as Capability from "./Capability.ts"
import type { Opened, Reply, Request, Start } from "./internal/sampler.ts"
import type { Energy } from "./PowerIntegral.ts"
import { RailError } from "./RailError.ts"
import * as Rails from "./Rails.ts"

export interface Options {
  /** Where the board's file system is; `/` on a board. */
  readonly root?: string
  /** Samples a second; without it as many as the sensors give in a twentieth of the time, 20 at most. */
  readonly hertz?: number
  /** Seconds after which an unchanged reading counts as a sensor that stopped. */
  readonly frozenAfter?: number
}

export interface Meter {
  readonly capability: Capability.Capability
  /** Energy since the meter started. */
  readonly energy: Effect.Effect<Energy, MeterError>
  /** Watts of each rail of the total at this moment. */
  readonly watts: Effect.Effect<{ readonly [rail: string]: number }, MeterError>
  /** Runs an effect and gives the energy of that stretch. */
  readonly measure: <A, E, R>(
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<{ readonly value: A; readonly energy: Energy }, E | MeterError, R>
  /** The meter's own time so far. */
  readonly cost: Effect.Effect<Cost, MeterError>
  readonly service: EnergyMeter["Service"]
}

const unavailable = (message: string): MeterError => new MeterError({ reason: "Unavailable", message })

/** Finds the sensors and starts the thread; both end with the scope. */
export const make = Effect.fnUntraced(function* (
  options: Options = {}
): Effect.fn.Return<Meter, MeterError, Scope.Scope> {
  const root = options.root ?? "/"
  const found = yield* Effect.try({ try: () => Rails.discover(root), catch: asMeterError })
  if (found.total.length === 0) return yield* unavailable(absent(root, found))
  const capability = yield* Effect.try({ try: () => Capability.of(found), catch: asMeterError })
  const frozenAfter = options.frozenAfter ?? 30
  const seconds = 1 / Math.min(100, Math.max(0.1, options.hertz ?? capability.hertz))
  const start: Start = {
    channels: found.total.flatMap((rail) => found.channels.filter((channel) => channel.rail === rail)),
    seconds,
    options: { step: capability.step, accuracy: capability.accuracy, maxGap: 5 * seconds, frozenAfter },
    wake: new Int32Array(new SharedArrayBuffer(4))
  }
  const thread = yield* Effect.acquireRelease(spawn(start), (one) => Effect.promise(one.stop))
  const ask = (what: Request["what"], account: number) =>
    Effect.flatMap(Effect.tryPromise({ try: () => thread.ask(what, account), catch: asMeterError }), alive)
  yield* ask("open", whole)
  return meterOf(capability, ask, frozenAfter)
})

/** The account that is open as long as the meter. */
const whole = 0

const meterOf = (
  capability: Capability.Capability,
  ask: (what: Request["what"], account: number) => Effect.Effect<Reply, MeterError>,
  frozenAfter: number
): Meter => {
  let accounts = whole
  const energy = Effect.map(ask("read", whole), (reply) => reply.energy)
  return {
    capability,
    energy,
    watts: Effect.map(ask("read", whole), (reply) =>
      Object.fromEntries(capability.total.map((rail, i) => [rail, reply.watts[i] ?? Number.NaN]))
    ),
    measure: Effect.fnUntraced(function* (effect) {
      const account = ++accounts
      yield* ask("open", account)
      const value = yield* Effect.onError(effect, () => Effect.ignore(ask("close", account)))
      const reply = yield* ask("close", account)
      return { value, energy: reply.energy }
    }),
    cost: Effect.map(ask("read", whole), (reply) => Ledger.cost("overhead", reply.busy)),
    service: {
      kind: "measured",
      source: `${capability.board}, ${capability.total.join(" + ")}`,
      read: () =>
        Effect.flatMap(ask("read", whole), (reply) =>
          reply.unchangedFor > frozenAfter ? stale(reply.unchangedFor) : Effect.succeed(joules(reply.energy.joules))
        )
    }
  }
}

/** The best meter of this board, as the service that policies are billed by. */
export const layer = (options: Options = {}): Layer.Layer<EnergyMeter, MeterError> =>
  Layer.effect(
    EnergyMeter,
    Effect.map(make(options), (meter) => meter.service)
  )

const absent = (root: string, found: Rails.Found): string => {
  if (found.board !== undefined && found.board.total.length === 0)
    return `${found.board.name} has no power sensor; use modelled energy or an external meter.`
  if (found.board === undefined && found.channels.length === 0)
    return `No Jetson power sensor under ${root}; run on a board, or name the file system of one with --root.`
  const missing = found.board?.total.filter((rail) => !found.channels.some((channel) => channel.rail === rail)) ?? []
  const why = found.problems[0]?.message ?? "a container may hide it: pass /sys/bus/i2c through."
  return `${found.board?.name ?? "This board"}: no sensor for ${missing.join(", ") || "a known total"} under ${root}; ${why}`
}

const asMeterError = (error: unknown): MeterError =>
  error instanceof MeterError ? error : unavailable(error instanceof RailError ? error.message : String(error))

/** A sensor without a good sample for this long is gone, s. */
const patience = 2

const alive = (reply: Reply): Effect.Effect<Reply, MeterError> =>
  reply.age > patience
    ? Effect.fail(unavailable(reply.problem ?? "The sensors gave no reading."))
    : Effect.succeed(reply)

const stale = (seconds: number): Effect.Effect<never, MeterError> =>
  Effect.fail(
    new MeterError({
      reason: "Stale",
      message: `The power reading has not changed for ${Math.round(seconds)} s: the sensor stopped; check its driver.`
    })
  )

interface Thread {
  readonly ask: (what: Request["what"], account: number) => Promise<Reply>
  readonly stop: () => Promise<void>
}

const spawn = (start: Start): Effect.Effect<Thread, MeterError> =>
  Effect.tryPromise({ try: () => spawned(start), catch: asMeterError })

const spawned = async (start: Start): Promise<Thread> => {
  const worker = new Worker(new URL("./internal/sampler.ts", import.meta.url), { workerData: start })
  const waiting = new Map<number, PromiseWithResolvers<Reply>>()
  let why = "The meter's thread has ended."
  worker.on("error", (error) => (why = `The meter's thread has failed: ${String(error)}`))
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()))
  worker.once("exit", () => waiting.forEach(({ reject }) => reject(unavailable(why))))
  await opened(worker, exited, () => why)
  worker.on("message", (reply: Reply) => {
    waiting.get(reply.id)?.resolve(reply)
    waiting.delete(reply.id)
    if (waiting.size === 0) worker.unref()
  })
  // A meter that somebody forgot to close must not keep the process alive.
  worker.unref()
  let ids = 0
  const send = (what: Request["what"], account: number): number => {
    const request: Request = { id: ++ids, what, account }
    worker.postMessage(request)
    Atomics.store(start.wake, 0, 1)
    Atomics.notify(start.wake, 0)
    return request.id
  }
  const ask = (what: Request["what"], account: number): Promise<Reply> => {
    const reply = Promise.withResolvers<Reply>()
    if (worker.threadId < 0) reply.reject(unavailable(why))
    worker.ref()
    waiting.set(send(what, account), reply)
    return reply.promise
  }
  return { ask, stop: () => (send("stop", whole), exited) }
}

const opened = (worker: Worker, exited: Promise<void>, why: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.once("message", (first: Opened) => (first.opened ? resolve() : reject(unavailable(first.problem ?? ""))))
    void exited.then(() => reject(unavailable(why())))
  })
