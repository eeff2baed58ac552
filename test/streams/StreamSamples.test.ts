import type { Arrival } from "@edgeol/core/Samples"
import { seconds } from "@edgeol/core/Units"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import * as Feed from "@edgeol/streams/Feed"
import * as Patterns from "@edgeol/streams/Patterns"
import * as StreamSamples from "@edgeol/streams/StreamSamples"
import { Clock, Duration, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, test } from "vitest"
import { small } from "./streams.ts"

const feed = Result.getOrThrow(Feed.make(Patterns.nic(1), small, 1))
const later = seconds(1e6)

const run = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.scoped(Effect.provide(effect, TestClock.layer())))

/** Runs an effect while test time passes. */
const passing = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const message = async (effect: Effect.Effect<unknown, { readonly message: string }>) =>
  (await Effect.runPromise(Effect.flip(effect))).message

const all = (samples: Effect.Success<ReturnType<typeof StreamSamples.make>>) =>
  Effect.gen(function* () {
    const began = yield* Clock.monotonicTimeNanos
    const arrivals: Array<readonly [Arrival, number]> = []
    while (true) {
      const arrival = yield* samples.next(later)
      if (arrival._tag === "Ended" || arrival._tag === "Nothing") return arrivals
      arrivals.push([arrival, Number((yield* Clock.monotonicTimeNanos) - began) / 1e9])
    }
  })

describe("next", () => {
  test("gives the whole timeline, each arrival at its time", async () => {
    const arrivals = await run(Effect.flatMap(StreamSamples.make(feed), (samples) => passing(all(samples))))
    expect(arrivals.map(([arrival]) => arrival)).toEqual(feed.timeline)
    for (const [{ at }, time] of arrivals) expect(time - at).toBeGreaterThanOrEqual(-1e-6)
    for (const [{ at }, time] of arrivals) expect(time - at).toBeLessThan(0.0011)
  })

  test("on virtual time each comes at its nanosecond", async () => {
    const program = Effect.flatMap(StreamSamples.make(feed), all)
    const arrivals = await Effect.runPromise(Effect.provideService(program, Clock.Clock, VirtualClock.make()))
    expect(arrivals.map(([arrival]) => arrival)).toEqual(feed.timeline)
    expect(arrivals.map(([, time]) => time)).toEqual(feed.timeline.map(({ at }) => Math.round(at * 1e9) / 1e9))
  })

  test("is not early when a timer is", async () => {
    const virtual = VirtualClock.make()
    const hasty = { ...virtual, sleep: (nap: Duration.Duration) => virtual.sleep(Duration.times(nap, 0.75)) }
    const program = Effect.flatMap(StreamSamples.make(feed), all)
    const arrivals = await Effect.runPromise(Effect.provideService(program, Clock.Clock, hasty))
    expect(arrivals.map(([, time]) => time)).toEqual(feed.timeline.map(({ at }) => Math.round(at * 1e9) / 1e9))
  })

  test("on the live clock comes no earlier, and soon", async () => {
    const [first, second] = feed.timeline
    const waited = await Effect.runPromise(
      Effect.gen(function* () {
        const samples = yield* StreamSamples.make(feed)
        yield* samples.start(seconds(second!.at - 0.0205), 1)
        const began = yield* Clock.monotonicTimeNanos
        const arrival = yield* samples.next(later)
        return [arrival, Number((yield* Clock.monotonicTimeNanos) - began) / 1e9] as const
      })
    )
    expect(first!._tag).toBe("Scenario")
    expect(waited[0]).toEqual(second)
    expect(waited[1]).toBeGreaterThan(0.02)
    expect(waited[1]).toBeLessThan(2)
  })

  test("waits no longer than asked", async () => {
    const second = feed.timeline[1]!
    const outcome = await run(
      Effect.gen(function* () {
        const samples = yield* StreamSamples.make(feed)
        const first = yield* samples.next(seconds(0))
        const early = yield* passing(samples.next(seconds(second.at / 2)))
        // An hour has passed: what has come is given whatever the limit.
        return [first, early, yield* samples.next(seconds(0))]
      })
    )
    expect(outcome).toEqual([feed.timeline[0], { _tag: "Nothing" }, second])
  })

  test.each([0, 1, 7, feed.timeline.length - 1])("goes on after %i arrivals, with time as it was", async (count) => {
    const expected = feed.timeline[count]!
    const outcome = await run(
      Effect.gen(function* () {
        const samples = yield* StreamSamples.make(feed)
        yield* samples.start(expected.at, count)
        return yield* samples.next(seconds(0))
      })
    )
    expect(outcome).toEqual(expected)
  })

  test("ends", async () => {
    const samples = await Effect.runPromise(StreamSamples.make(feed))
    await Effect.runPromise(samples.start(seconds(0), feed.timeline.length))
    expect(await Effect.runPromise(samples.next(later))).toEqual({ _tag: "Ended" })
  })
})

test("what is not in the stream is named", async () => {
  const samples = await Effect.runPromise(StreamSamples.make(feed))
  expect(await message(samples.batch(99))).toMatch(/^There is no batch 99 in this stream, which has 12;/)
  expect(await message(samples.request(-1))).toMatch(/^There is no request -1 in this stream, which has 20;/)
  expect(await message(samples.start(seconds(0), 1000))).toMatch(/^The run had 1000 arrivals but its stream has 36;/)
})
