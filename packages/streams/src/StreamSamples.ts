/** Samples from a feed, at their times on Effect's clock. */
import type { Examples } from "@edgeol/core/Examples"
import { type Arrival, type Ended, type Nothing, Samples, SamplesError } from "@edgeol/core/Samples"
import type { Seconds } from "@edgeol/core/Units"
import { Clock, Duration, Effect, Layer } from "effect"
import type { Feed } from "./Feed.ts"

/** Times count from `start`, in whole nanoseconds, as the clock does: an arrival is due at the nearest one. */
export const make = (feed: Feed): Effect.Effect<Samples["Service"]> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    let origin = clock.monotonicTimeNanosUnsafe()
    let position = 0
    const now = () => Number(clock.monotonicTimeNanosUnsafe() - origin)
    /** Live timers count whole milliseconds and may wake early: sleeps until the time has come. */
    const waitUntil = (time: number): Effect.Effect<void> =>
      Effect.suspend(() => {
        const left = time - now()
        if (left <= 0) return Effect.void
        const nap = left < Infinity ? Duration.nanos(BigInt(left)) : Duration.infinity
        return Effect.andThen(Effect.sleep(nap), waitUntil(time))
      })
    return {
      shape: feed.stream.shape,
      next: (until) =>
        Effect.suspend((): Effect.Effect<Arrival | Nothing | Ended> => {
          const arrival = feed.timeline[position]
          if (arrival === undefined) return Effect.succeed({ _tag: "Ended" })
          const due = nanos(arrival.at)
          if (due > Math.max(nanos(until), now())) return Effect.as(waitUntil(nanos(until)), { _tag: "Nothing" })
          return Effect.map(waitUntil(due), () => (position++, arrival))
        }),
      batch: (id) => numbered(feed.batches, id, "batch"),
      request: (id) => numbered<Examples>(feed.requests, id, "request"),
      start: (at, taken) =>
        taken <= feed.timeline.length
          ? Effect.sync(() => {
              origin = clock.monotonicTimeNanosUnsafe() - BigInt(nanos(at))
              position = taken
            })
          : Effect.fail(tooFar(taken, feed.timeline.length))
    }
  })

const nanos = (time: Seconds) => Math.round(time * 1e9)

export const layer = (feed: Feed): Layer.Layer<Samples> => Layer.effect(Samples, make(feed))

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
