/**
 * A clock that never waits: sleeping moves it ahead. Provide it as Effect's `Clock`.
 *
 * Over no other clock it is pure virtual time, for simulation: only sleeping moves it. Over a live clock it keeps
 * measuring what really takes time and skips only the idle waits.
 */
import type { Clock } from "effect"
import { Duration, Effect } from "effect"
import type { Seconds } from "./Units.ts"

export interface VirtualClock extends Clock.Clock {
  /** Runs an effect whose time does not count, nor its sleep: instruments that the device would not have. */
  readonly exclude: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Starts at zero; `over` is the monotonic clock, in ns, whose passing also counts. */
export const make = (over: () => bigint = () => 0n): VirtualClock => {
  let skipped = -over()
  const now = () => over() + skipped
  const millis = () => Number(now() / 1_000_000n)
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: now,
    currentTimeNanos: Effect.sync(now),
    monotonicTimeNanosUnsafe: now,
    monotonicTimeNanos: Effect.sync(now),
    sleep: (duration) =>
      Effect.sync(() => {
        skipped += Duration.toNanosUnsafe(duration)
      }),
    exclude: (effect) =>
      Effect.suspend(() => {
        const began = now()
        return Effect.ensuring(
          effect,
          Effect.sync(() => {
            skipped -= now() - began
          })
        )
      })
  }
}

/** Measures with the live clock and skips idle waits. */
export const skippingIdle = (live: Clock.Clock): VirtualClock => make(() => live.monotonicTimeNanosUnsafe())

/** A span of time for `Effect.sleep`, to the nanosecond. */
export const duration = (span: Seconds): Duration.Duration =>
  Duration.nanos(BigInt(Math.max(0, Math.round(span * 1e9))))
