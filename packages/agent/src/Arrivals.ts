/**
 * What arrives at a device that is asked and taught: requests from a queue, batches from the inbox.
 *
 * A batch is cut when `samples` wait in no batch, or when the oldest of them has waited for `seconds`. Where both a
 * request and a batch are due, they take turns. Between two steps of a round the event loop gets its turn, so that what
 * came in meanwhile is seen.
 */
import type { Examples } from "@edgeol/core/Examples"
import type { Prediction } from "@edgeol/core/Learner"
import { type Arrival, type Ended, type Nothing, Samples, SamplesError } from "@edgeol/core/Samples"
import { Scorer } from "@edgeol/core/Scorer"
import { type Seconds, seconds } from "@edgeol/core/Units"
import { Clock, Effect } from "effect"
import type { Inbox } from "./Inbox.ts"

/** When a batch is cut. */
export interface Rule {
  readonly samples: number
  readonly seconds: number
}

export interface Options {
  readonly inbox: Inbox
  readonly shape: Examples["shape"]
  readonly rule: Rule
  /** Requests that may wait; more are turned away. */
  readonly mostWaiting: number
  /** Told when a batch cannot be cut for now. */
  readonly onTrouble: (error: unknown) => void
}

/** A request that waits for its answer. */
export interface Asked {
  readonly input: Examples
  /** Undefined when it was given up. */
  readonly answer: (prediction: Prediction | undefined) => void
}

interface Waiting extends Asked {
  readonly at: Seconds
}

export interface Arrivals {
  readonly samples: Samples["Service"]
  /** Hands each answer to whoever asked. Nobody knows the right one at that time. */
  readonly scorer: Scorer["Service"]
  /** False when too many wait. */
  readonly ask: (request: Asked) => boolean
  /** Samples came. */
  readonly wake: () => void
  /** The next batch that is not learnt, for the run that is about to start. */
  readonly from: (batch: number) => void
  readonly nextBatch: () => number
  /** Takes a request out of the queue, for an answer without the loop. */
  readonly take: () => Asked | undefined
  /** Gives up requests that the loop took and left. */
  readonly abandon: () => void
  /** No more will arrive, once what is due was taken. */
  readonly end: () => void
  /** Whether the loop has nothing to do, and when it last asked, by the monotonic clock in ms. */
  readonly idle: () => boolean
  readonly lastAsked: () => number
}

export const make = Effect.fnUntraced(function* ({ inbox, shape, rule, mostWaiting, onTrouble }: Options) {
  const clock = yield* Clock.Clock
  let origin = clock.monotonicTimeNanosUnsafe()
  const now = () => seconds(Number(clock.monotonicTimeNanosUnsafe() - origin) / 1e9)
  const queue: Array<Waiting> = []
  const taken = new Map<number, Waiting>()
  let position = 0
  let nextBatch = 0
  /** When the samples that wait began to, and before when no cut is tried. */
  let since: number | undefined
  let notBefore = -Infinity
  let isTroubled = false
  let wasRequest = false
  let isEnding = false
  let isIdle = false
  let lastAsked = performance.now()
  let resume: (() => void) | undefined

  const wake = () => {
    if (since === undefined && inbox.waiting() > 0) since = now()
    resume?.()
  }
  const cutDue = (): number => {
    if (nextBatch < inbox.cuts()) return -Infinity
    if (inbox.waiting() === 0) return Infinity
    return Math.max(notBefore, inbox.waiting() >= rule.samples ? -Infinity : (since ?? now()) + rule.seconds)
  }
  const takeBatch = (): Arrival | undefined => {
    try {
      if (nextBatch === inbox.cuts()) inbox.cut(Math.min(rule.samples, inbox.waiting()))
    } catch (error) {
      notBefore = now() + 1
      if (!isTroubled) onTrouble(error)
      isTroubled = true
      return undefined
    }
    isTroubled = false
    since = inbox.waiting() > 0 ? now() : undefined
    const id = nextBatch++
    position += 1
    wasRequest = false
    return { _tag: "Batch", at: now(), id, samples: inbox.batch(id).train.count }
  }
  const takeRequest = (): Arrival => {
    const request = queue.shift()!
    const id = position++
    taken.set(id, request)
    wasRequest = true
    return { _tag: "Request", at: request.at, id }
  }
  const due = (): Arrival | undefined => {
    const batch = cutDue() <= now() && (wasRequest || queue.length === 0) ? takeBatch() : undefined
    return batch ?? (queue.length > 0 ? takeRequest() : undefined)
  }
  /** Until something arrives or a time has come. Timers count whole milliseconds: what is less is waited in turns. */
  const wait = (until: number): Effect.Effect<void> =>
    Effect.callback((done) => {
      const left = Math.min(until, cutDue()) - now()
      const stop = left < tick ? soon(() => resume?.()) : later(() => resume?.(), left)
      resume = () => {
        stop()
        resume = undefined
        isIdle = false
        done(Effect.void)
      }
      isIdle = true
      return Effect.sync(() => resume?.())
    })
  const next = (until: Seconds): Effect.Effect<Arrival | Nothing | Ended, SamplesError> =>
    Effect.suspend(() => {
      lastAsked = performance.now()
      const arrival = reading(due)
      if (arrival instanceof SamplesError) return Effect.fail(arrival)
      if (arrival !== undefined) return Effect.succeed(arrival)
      if (until <= now()) return Effect.succeed<Nothing>({ _tag: "Nothing" })
      if (isEnding && until === Infinity) return Effect.succeed<Ended>({ _tag: "Ended" })
      return Effect.andThen(wait(until), next(until))
    })

  const samples = Samples.of({
    shape,
    // Where the loop is in a round, or requests wait, it does not sleep: no socket would be read, and no answer sent.
    next: (until) => (until - now() < tick || queue.length > 0 ? Effect.andThen(breath, next(until)) : next(until)),
    batch: (id) => Effect.suspend(() => settled(reading(() => inbox.batch(id)))),
    request: (id) => Effect.suspend(() => settled(taken.get(id)?.input ?? gone(id))),
    start: (at, count) =>
      Effect.sync(() => {
        origin = clock.monotonicTimeNanosUnsafe() - BigInt(Math.round(at * 1e9))
        position = count
        since = inbox.waiting() > 0 ? now() : undefined
      })
  })
  const scorer = Scorer.of({
    score: (request, prediction) =>
      Effect.sync(() => {
        taken.get(request)?.answer(prediction)
        taken.delete(request)
        return undefined
      })
  })
  return {
    samples,
    scorer,
    ask: (request) => {
      if (queue.length >= mostWaiting) return false
      queue.push({ ...request, at: now() })
      resume?.()
      return true
    },
    wake,
    from: (batch) => {
      nextBatch = batch
    },
    nextBatch: () => nextBatch,
    take: () => queue.shift(),
    abandon: () => {
      for (const request of taken.values()) request.answer(undefined)
      taken.clear()
    },
    end: () => {
      isEnding = true
      resume?.()
    },
    idle: () => isIdle,
    lastAsked: () => lastAsked
  } satisfies Arrivals
})

/**
 * A wait that no timer can wait, s. The loop asks for what has arrived by now on a clock that is some microseconds ahead;
 * a timer of a millisecond would be waited for at every step.
 */
const tick = 1e-3

const soon = (action: () => void): (() => void) => {
  const turn = setImmediate(action)
  return () => clearImmediate(turn)
}

/** After so many seconds; never where these are without end. */
const later = (action: () => void, left: number): (() => void) => {
  if (left === Infinity) return () => {}
  const timer = setTimeout(action, Math.min(left * 1000, 2 ** 31 - 1))
  return () => clearTimeout(timer)
}

/** Three turns of the event loop: a connection is taken, its request read, and handed over. */
const breath: Effect.Effect<void> = Effect.callback((done) => {
  const turn = (left: number): void => void setImmediate(() => (left > 1 ? turn(left - 1) : done(Effect.void)))
  turn(3)
})

const reading = <A>(action: () => A): A | SamplesError => {
  try {
    return action()
  } catch (error) {
    return new SamplesError({ message: (error as Error).message })
  }
}

const settled = <A>(value: A | SamplesError): Effect.Effect<A, SamplesError> =>
  value instanceof SamplesError ? Effect.fail(value) : Effect.succeed(value)

const gone = (id: number) => new SamplesError({ message: `There is no request ${id} that waits for an answer.` })
