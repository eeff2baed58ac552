/** Scenario documents without contradictions, as they would be written: short, small, every kind of part in them. */
import fc from "fast-check"

const tenths = (min: number, max: number) => fc.integer({ min, max }).map((n) => n / 10)

const counted = fc.oneof(
  fc.constantFrom({ kind: "periodic" }, { kind: "poisson" }),
  tenths(0, 10).map((share) => ({ kind: "jittered", share }))
)

/** Those that need a rate; bursts leave a pause at up to 2 a second. */
const rated = fc.oneof(
  fc
    .array(fc.record({ level: fc.integer({ min: 1, max: 9 }), dwell: tenths(5, 200) }), { minLength: 2, maxLength: 3 })
    .map((levels) => ({ kind: "markov", levels })),
  fc
    .record({ profile: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }), day: tenths(20, 300) })
    .map((fields) => ({ kind: "diurnal", ...fields })),
  fc.record({ size: tenths(10, 60), gap: tenths(0, 4) }).map((fields) => ({ kind: "bursts", ...fields }))
)

const rate = fc.oneof(
  tenths(1, 20),
  fc.integer({ min: 6, max: 120 }).map((n) => `${n}/min`)
)

const placing = fc.oneof(
  fc.record({ count: fc.integer({ min: 1, max: 20 }), process: counted }),
  fc.record({ rate }),
  fc.record({ rate, process: fc.oneof(counted, rated) })
)

const duration = fc.oneof(
  tenths(1, 300),
  fc.integer({ min: 1, max: 30 }).map((n) => `${n} s`)
)

const seconds = (duration: number | string) => (typeof duration === "number" ? duration : Number.parseFloat(duration))

const names = ["dawn", "noon", "dusk"] as const
const scene = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(...names))

/** `dawn` and `noon` are scenes, `dusk` a mix of them. */
const scenes = fc.record({
  dawn: fc.integer({ min: 1, max: 4 }),
  noon: fc.integer({ min: 1, max: 4 }),
  dusk: fc.record({ dawn: tenths(1, 20), noon: tenths(1, 20) })
})

const drift = (longest: number) =>
  fc.oneof(
    fc.constant({ kind: "sudden" }),
    fc.integer({ min: 1, max: 8 }).map((eighths) => ({ kind: "gradual", over: (longest * eighths) / 8 })),
    fc.array(scene, { minLength: 1, maxLength: 3 }).map((through) => ({ kind: "incremental", over: longest, through }))
  )

/** Only one that is not the first can drift from another. */
const stretch = duration.chain((duration) =>
  fc.record(
    { scene, duration: fc.constant(duration), drift: drift(seconds(duration)), requests: placing },
    { requiredKeys: ["scene", "duration"] }
  )
)

const schedule = fc
  .tuple(fc.record({ scene, duration }), fc.array(stretch, { maxLength: 4 }))
  .map(([first, others]) => [first, ...others])

const labels = fc.record(
  {
    delay: fc.oneof(
      tenths(0, 100).map((seconds) => ({ kind: "fixed", seconds })),
      tenths(1, 100).map((mean) => ({ kind: "exponential", mean })),
      tenths(0, 50).map((from) => ({ kind: "uniform", from, until: from + 3 }))
    ),
    missing: tenths(0, 9)
  },
  { requiredKeys: [] }
)

const batches = fc
  .tuple(
    placing,
    fc.record(
      { samples: fc.integer({ min: 1, max: 8 }), validation: fc.integer({ min: 0, max: 4 }), labels },
      { requiredKeys: ["samples"] }
    )
  )
  .map(([placing, rest]) => ({ ...placing, ...rest }))

const device = fc.record(
  {
    name: fc.constant("orin-nano@15W"),
    modes: fc.constant([{ at: 0, mode: "7W" }]),
    battery: fc.record(
      { capacity: fc.constantFrom(3600, "12 Wh"), charge: tenths(1, 10) },
      { requiredKeys: ["capacity"] }
    ),
    budget: fc.constantFrom(100, "2 kJ"),
    thermal: fc.constant({ resistance: 2, capacity: 100, ambient: 25, throttleAt: 70, factor: 0.5 })
  },
  { requiredKeys: ["name"] }
)

/** What `JSON.stringify` makes a scenario file of; `timeline` and `Feed` take what `parse` gives back. */
export const anyScenarioDocument = () =>
  fc.record(
    {
      name: fc.constantFrom("robot", "a camera"),
      version: fc.integer({ min: 1, max: 9 }),
      scenes,
      schedule,
      repeat: fc.integer({ min: 1, max: 3 }),
      batches,
      requests: placing,
      device,
      seeds: fc.record(
        { requests: fc.nat(9), batches: fc.nat(9), labels: fc.nat(9), scenes: fc.nat(9) },
        { requiredKeys: [] }
      )
    },
    { requiredKeys: ["name", "version", "scenes", "schedule", "batches", "requests"] }
  )
