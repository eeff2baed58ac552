/** Samples from a feed, at their times on Effect's clock. */
import type { Examples } from "@edgeol/core/Examples"
import { type Arrival, type Ended, type Nothing, Samples, SamplesError } from "@edgeol/core/Samples"
import { type Seconds, seconds } from "@edgeol/core/Units"
import { Clock, Effect, Layer } from "effect"
import type { Feed } from "./Feed.ts"

/**
 * The run's time is `origin` when the service is made, and goes on with the monotonic clock: 0 for a new run, the last
 * recorded time for one that resumes (then `skip` what had arrived).
 */
export const make = (feed: Feed, origin: Seconds = seconds(0)): Effect.Effect<Samples["Service"]> =>
  Effect.gen(function* () {
    const began = yield* Clock.monotonicTimeNanos
    const now = Effect.map(Clock.monotonicTimeNanos, (nanos) => origin + Number(nanos - began) / 1e9)
    let position = 0
    return {
      shape: feed.stream.shape,
      next: (until) =>
        Effect.flatMap(now, (at): Effect.Effect<Arrival | Nothing | Ended> => {
          const arrival = feed.timeline[position]
          if (arrival === undefined) return Effect.succeed({ _tag: "Ended" })
          if (arrival.at > Math.max(until, at)) return Effect.as(waitUntil(until, at), { _tag: "Nothing" })
          return Effect.map(waitUntil(arrival.at, at), () => (position++, arrival))
        }),
      batch: (id) => numbered(feed.batches, id, "batch"),
      request: (id) => numbered<Examples>(feed.requests, id, "request"),
      skip: (count) =>
        count <= feed.timeline.length
          ? Effect.sync(() => void (position = count))
          : Effect.fail(tooFar(count, feed.timeline.length))
    }
  })

export const layer = (feed: Feed, origin?: Seconds): Layer.Layer<Samples> => Layer.effect(Samples, make(feed, origin))

/** Timers count whole milliseconds: rounds up, less what is only floating point. */
const waitUntil = (time: number, now: number): Effect.Effect<void> =>
  time > now ? Effect.sleep(Math.ceil((time - now) * 1e3 - 1e-6)) : Effect.void

const numbered = <A>(all: ReadonlyArray<A>, id: number, what: string): Effect.Effect<A, SamplesError> => {
  const found = all[id]
  if (found !== undefined) return Effect.succeed(found)
  const message = `There is no ${what} ${id} in this stream, which has ${all.length}; the run was made with another experiment.`
  return Effect.fail(new SamplesError({ message }))
}

const tooFar = (count: number, length: number) =>
  new SamplesError({
    message: `The run had ${count} arrivals but its stream has ${length}; resume it with the experiment it began with.`
  })
