/** Small worlds as plain data: what arrives when, and what learning costs there. Times are whole milliseconds. */
import type { Activity } from "@edgeol/core/Ledger"
import type { Arrival } from "@edgeol/core/Samples"
import { seconds } from "@edgeol/core/Units"
import fc from "fast-check"

/** What each activity of the scripted learner takes, ms; `forward`, `backward` and `optimiser` per step. */
export type Costs = Readonly<Record<Exclude<Activity, "policy" | "overhead" | "meter" | "idle">, number>>

export interface Scenario {
  /** Parts of the model that can be frozen, the head included. */
  readonly units: number
  readonly arrivals: ReadonlyArray<Arrival>
  readonly costs: Costs
  /** Every so many measurements one is NaN; 0: none. */
  readonly nanEvery: number
  /** Joules that fine-tuning may take, for guards. */
  readonly budget: number
}

/** Ids count over the run, by kind. */
const timeline = (gaps: ReadonlyArray<readonly [gap: number, tag: Arrival["_tag"], samples: number]>) => {
  const next = { Batch: 0, Request: 0, Scenario: 1 }
  let millis = 0
  return gaps.map(([gap, tag, samples]): Arrival => {
    millis += gap
    const [at, id] = [seconds(millis / 1000), next[tag]++]
    if (tag === "Batch") return { _tag: tag, at, id, samples }
    return tag === "Request" ? { _tag: tag, at, id } : { _tag: tag, at, id, name: `scene ${id}` }
  })
}

const anyGap = fc.oneof(
  { arbitrary: fc.constant(0), weight: 1 },
  { arbitrary: fc.integer({ min: 1, max: 300 }), weight: 4 },
  { arbitrary: fc.integer({ min: 1, max: 5000 }), weight: 1 }
)

const anyTag = fc.constantFrom<Arrival["_tag"]>("Batch", "Batch", "Request", "Request", "Request", "Scenario")

const anyArrivals = (most: number) =>
  fc
    .array(fc.tuple(anyGap, anyTag, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: most, size: "max" })
    .map(timeline)

const millis = (max: number) => fc.integer({ min: 0, max })

const anyCosts: fc.Arbitrary<Costs> = fc.record({
  startUp: millis(200),
  load: millis(50),
  forward: fc.integer({ min: 1, max: 20 }),
  backward: millis(40),
  optimiser: millis(5),
  probe: millis(30),
  validation: millis(30),
  head: millis(20),
  save: millis(50),
  inference: millis(10)
})

export interface Options {
  /** Arrivals at most. */
  readonly arrivals?: number
}

export const anyScenario = ({ arrivals = 60 }: Options = {}): fc.Arbitrary<Scenario> =>
  fc.record({
    units: fc.integer({ min: 1, max: 5 }),
    arrivals: anyArrivals(arrivals),
    costs: anyCosts,
    nanEvery: fc.constantFrom(0, 0, 0, 7),
    budget: fc.integer({ min: 0, max: 100 })
  })
