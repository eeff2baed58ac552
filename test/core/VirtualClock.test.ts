import { seconds } from "@edgeol/core/Units"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import { Clock, Effect } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const nanos = (clock: VirtualClock.VirtualClock) => Number(clock.monotonicTimeNanosUnsafe())
const on = <A>(clock: Clock.Clock, effect: Effect.Effect<A>) =>
  Effect.runSync(Effect.provideService(effect, Clock.Clock, clock))

/** A live clock that stands where it is put. */
const standing = () => {
  const hands = { nanos: 7_000_000n }
  const clock = VirtualClock.skippingIdle({ ...VirtualClock.make(), monotonicTimeNanosUnsafe: () => hands.nanos })
  return { clock, work: (spent: number) => Effect.sync(() => void (hands.nanos += BigInt(spent))) }
}

test("only sleeping moves it, at once and to the nanosecond", () => {
  const moves = fc.property(fc.array(fc.nat({ max: 1_000_000_000 })), (spans) => {
    const clock = VirtualClock.make()
    for (const span of spans) on(clock, Effect.sleep(VirtualClock.duration(seconds(span / 1e9))))
    expect(nanos(clock)).toBe(spans.reduce((sum, span) => sum + span, 0))
  })
  fc.assert(moves)
})

test("its three readings agree", () => {
  const clock = VirtualClock.make()
  on(clock, Effect.sleep("1500 millis"))
  const [millis, wall, monotonic] = on(
    clock,
    Effect.all([Clock.currentTimeMillis, Clock.currentTimeNanos, Clock.monotonicTimeNanos])
  )
  expect([millis, wall, monotonic]).toEqual([1500, 1_500_000_000n, 1_500_000_000n])
})

describe("over a live clock", () => {
  test("work counts and sleep is skipped over", () => {
    const { clock, work } = standing()
    on(clock, work(5))
    on(clock, Effect.sleep("1 second"))
    on(clock, work(6))
    expect(nanos(clock)).toBe(1_000_000_011)
  })

  test("what is excluded takes no time: work, sleep, and exclusions within", () => {
    const { clock, work } = standing()
    const inner = clock.exclude(work(3))
    on(clock, clock.exclude(Effect.all([work(5), inner, Effect.sleep("1 second"), inner])))
    on(clock, work(2))
    expect(nanos(clock)).toBe(2)
  })

  test("an exclusion that fails takes no time either", () => {
    const { clock, work } = standing()
    on(clock, Effect.ignore(clock.exclude(Effect.andThen(work(5), Effect.fail("no")))))
    expect(nanos(clock)).toBe(0)
  })
})
