/**
 * Days that a device might have to live through, as scenarios: from a quiet hour to floods of batches, requests in
 * bursts, worlds that change every minute, heat and power modes. Drawn by fast-check, so that one which breaks a promise
 * shrinks to a short one; each is a document that a file can hold.
 */
import type { Scenario } from "@edgeol/sim/Scenario"
import fc from "fast-check"

export interface Day {
  readonly scenario: Scenario
  /** Of what the scenario leaves to chance. */
  readonly seed: number
}

export interface Of {
  /** `patterns/nic@1`, and how many scenarios it has. */
  readonly stream: string
  readonly scenes: number
  /** `orin-nano@15W`, and the modes of its board. */
  readonly device: string
  readonly modes: ReadonlyArray<string>
}

export const anyDay = (of: Of): fc.Arbitrary<Day> =>
  fc
    .tuple(anySchedule(of.scenes), anyBatches, anyRequests, fc.nat(9999))
    .chain(([schedule, batches, requests, seed]) => {
      const seconds = schedule.reduce((sum, { duration }) => sum + duration, 0)
      return anyDevice(of, seconds).map((device): Day => {
        const { stream } = of
        return { scenario: { name: "drawn", version: 1, stream, schedule, batches, requests, device }, seed }
      })
    })

const upTo = (most: number) => fc.integer({ min: 1, max: most })

/** Some of these fields, or those that are named. */
const some = <A extends object, K extends keyof A = never>(
  fields: { readonly [F in keyof A]: fc.Arbitrary<A[F]> },
  required: ReadonlyArray<K>
) => fc.record(fields, { requiredKeys: [...required] })

const counted = fc.oneof(
  fc.constant({ kind: "periodic" } as const),
  fc.constant({ kind: "poisson" } as const),
  upTo(10).map((tenths) => ({ kind: "jittered", share: tenths / 10 }) as const)
)

/** Those that need a rate. Bursts leave a pause at up to one arrival in two seconds. */
const rated = fc.oneof(
  fc.record({ kind: fc.constant("poisson" as const) }),
  fc.record({ kind: fc.constant("bursts" as const), size: upTo(60), gap: fc.nat(15).map((tenths) => tenths / 10) }),
  fc.tuple(upTo(20), upTo(30), upTo(120)).map(
    ([level, busy, calm]) =>
      ({
        kind: "markov",
        levels: [
          { level: 1, dwell: 60 * calm },
          { level: 1 + level, dwell: 60 * busy }
        ]
      }) as const
  )
)

/** `most` an hour. */
const anyPlacing = (most: number) =>
  fc.oneof(
    fc.record({ count: upTo(40), process: counted }),
    fc.record({ rate: upTo(most).map((hourly) => hourly / 3600), process: rated })
  )

const batchesPerHour = 720
const requestsPerHour = 1800

const minutes = fc.oneof(upTo(10), upTo(360)).map((count) => 60 * count)

const anyStretch = (scenes: number) =>
  some({ scene: upTo(scenes), duration: minutes, batches: anyPlacing(batchesPerHour) }, ["scene", "duration"])

/** Later stretches may take over gradually, over as long as they last. */
const anySchedule = (scenes: number) =>
  fc
    .tuple(anyStretch(scenes), fc.array(fc.tuple(anyStretch(scenes), fc.boolean()), { maxLength: 5 }))
    .map(([first, later]) => [first, ...later.map(([stretch, gradual]) => (gradual ? fading(stretch) : stretch))])

const fading = <A extends { readonly duration: number }>(stretch: A) => ({
  ...stretch,
  drift: { kind: "gradual" as const, over: stretch.duration }
})

const anyLabels = some(
  {
    delay: upTo(60).map((count) => ({ kind: "exponential" as const, mean: 30 * count })),
    missing: fc.nat(9).map((tenths) => tenths / 10)
  },
  []
)

const anyBatches = fc
  .tuple(
    anyPlacing(batchesPerHour),
    some({ samples: upTo(64), validation: fc.nat(8), labels: anyLabels }, ["samples", "validation"])
  )
  .map(([placing, rest]) => ({ ...placing, ...rest }))

const anyRequests = anyPlacing(requestsPerHour)

/** Summer in a box without a fan. */
const anyThermal = fc.record({
  resistance: upTo(6),
  capacity: upTo(12).map((tens) => 10 * tens),
  ambient: fc.integer({ min: 20, max: 45 }),
  throttleAt: fc.integer({ min: 50, max: 70 }),
  factor: fc.integer({ min: 4, max: 10 }).map((tenths) => tenths / 10)
})

const anyDevice = ({ device: name, modes }: Of, seconds: number) =>
  some(
    {
      name: fc.constant(name),
      thermal: anyThermal,
      modes: fc
        .tuple(fc.nat(seconds - 1), fc.constantFrom(...modes))
        .map(([at, mode]): ReadonlyArray<{ readonly at: number; readonly mode: string }> => [{ at, mode }])
    },
    ["name"]
  )
