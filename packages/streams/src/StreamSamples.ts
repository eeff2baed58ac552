/** Samples from a feed, at their times on Effect's clock. */
import type { Examples } from "@edgeol/core/Examples"
import { type Arrival, type Ended, type Nothing, Samples, SamplesError } from "@edgeol/core/Samples"
import { Clock, Effect, Layer } from "effect"
import type { Feed } from "./Feed.ts"

/** Times count from `start`. */
export const make = (feed: Feed): Effect.Effect<Samples["Service"]> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    let began = clock.monotonicTimeNanosUnsafe()
    let origin = 0
    let position = 0
    // The origin is added in seconds: as whole nanoseconds it could fall just short of an arrival at that very time.
    const now = Effect.sync(() => origin + Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9)
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
      start: (at, taken) =>
        taken <= feed.timeline.length
          ? Effect.sync(() => {
              began = clock.monotonicTimeNanosUnsafe()
              origin = at
              position = taken
            })
          : Effect.fail(tooFar(taken, feed.timeline.length))
    }
  })

export const layer = (feed: Feed): Layer.Layer<Samples> => Layer.effect(Samples, make(feed))

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
