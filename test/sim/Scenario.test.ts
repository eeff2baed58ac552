import { readFileSync } from "node:fs"
import { fc, test } from "@fast-check/vitest"
import * as Rng from "@edgeol/core/Rng"
import { seconds } from "@edgeol/core/Units"
import * as Arrivals from "@edgeol/sim/Arrivals"
import * as Scenario from "@edgeol/sim/Scenario"
import { Result } from "effect"
import { describe, expect } from "vitest"
import { anyScenarioDocument } from "../arbitraries/ScenarioDocument.ts"
import { type Drawn, drawn } from "./scenario/drawn.ts"

const schemaFile = "../../packages/sim/scenario.schema.json"

const process = fc.oneof(
  fc.constant({ kind: "periodic" } as const),
  fc.constant({ kind: "poisson" } as const),
  fc.integer({ min: 0, max: 10 }).map((tenths) => ({ kind: "jittered", share: tenths / 10 }) as const)
)

const experiment: fc.Arbitrary<Scenario.Experiment> = fc.record({
  stream: fc.constantFrom("patterns/nic@1", "mine"),
  batches: fc.record({
    perScenario: fc.integer({ min: 1, max: 12 }),
    samples: fc.integer({ min: 1, max: 32 }),
    validation: fc.integer({ min: 0, max: 8 }),
    secondsBetween: fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10),
    process
  }),
  requests: fc.record({ perScenario: fc.integer({ min: 1, max: 40 }), process })
})

/** What an experiment means, written down plainly: all times of all scenarios, sorted. */
const plainly = ({ batches, requests }: Scenario.Experiment, scenes: number, seed: number) => {
  const span = batches.perScenario * batches.secondsBetween
  const rank = { border: 0, batch: 1, request: 2 }
  const numbers = { border: 1, batch: 0, request: 0 }
  return Array.from({ length: scenes }, (_, i) => i + 1)
    .flatMap((scene) => {
      const within = { from: seconds((scene - 1) * span), until: seconds(scene * span) }
      const draw = (what: "batches" | "requests", { perScenario, process }: Scenario.Experiment["requests"]) => [
        ...Arrivals.times(process, perScenario, within, Rng.named(seed, `arrivals/${what}/${scene}`))
      ]
      const { samples, validation } = batches
      return [
        { kind: "border" as const, at: within.from, scene, samples: 0, validation: 0 },
        ...draw("batches", batches).map((at) => ({ kind: "batch" as const, at, scene, samples, validation })),
        ...draw("requests", requests).map((at) => ({ kind: "request" as const, at, scene, samples: 0, validation: 0 }))
      ]
    })
    .toSorted((a, b) => a.at - b.at || rank[a.kind] - rank[b.kind])
    .map((arrival) => ({ ...arrival, id: numbers[arrival.kind]++ }))
}

describe("of an experiment", () => {
  test.prop([experiment, fc.integer({ min: 1, max: 7 }), fc.nat(1000)])(
    "the timeline is all its times, sorted, to the bit",
    (experiment, scenes, seed) => {
      const names = Array.from({ length: scenes }, (_, i) => `scene ${i}`)
      const scenario = Scenario.ofExperiment(experiment, names)
      expect(drawn(Scenario.timeline(scenario, seed))).toEqual(plainly(experiment, scenes, seed))
      expect(Scenario.seconds(scenario)).toBe(
        scenes * (experiment.batches.perScenario * experiment.batches.secondsBetween)
      )
    }
  )
})

const read = (document: unknown) => Result.getOrThrow(Scenario.parse(JSON.stringify(document), "a.yaml"))
const quick = { numRuns: 60 }

describe("any scenario", () => {
  test.prop([anyScenarioDocument(), fc.nat(100)], quick)(
    "comes in order, numbered, at its end over",
    (document, seed) => {
      const scenario = read(document)
      const arrivals = drawn(Scenario.timeline(scenario, seed))
      const rank = { border: 0, batch: 1, request: 2 }
      const end = Scenario.seconds(scenario)
      const follows = ({ at, kind }: Drawn, i: number) => {
        const before = arrivals[i - 1]
        return before === undefined || at > before.at || (at === before.at && rank[kind] >= rank[before.kind])
      }
      expect(arrivals.every(follows)).toBe(true)
      expect(arrivals.every(({ at }) => at >= 0 && at < end)).toBe(true)
      for (const [kind, from] of [
        ["border", 1],
        ["batch", 0],
        ["request", 0]
      ] as const) {
        const ids = arrivals.filter((arrival) => arrival.kind === kind).map(({ id }) => id)
        expect(ids).toEqual(ids.map((_, i) => i + from))
      }
      const borders = arrivals.filter(({ kind }) => kind === "border")
      expect(borders).toHaveLength(document.schedule.length * (document.repeat ?? 1))
      expect(arrivals[0]).toMatchObject({ kind: "border", at: 0 })
      const scenes = Scenario.scenes(scenario)
      expect(arrivals.every(({ scene }) => scenes.includes(scene))).toBe(true)
    }
  )

  test.prop([anyScenarioDocument(), fc.nat(100)], quick)("is the same for the same seed", (document, seed) => {
    const draw = () => drawn(Scenario.timeline(read(document), seed))
    expect(draw()).toEqual(draw())
  })

  test.prop([anyScenarioDocument(), anyScenarioDocument(), fc.nat(100)], quick)(
    "has batches that do not depend on its requests, and the reverse",
    (document, other, seed) => {
      const only = (kind: string, changed: object) =>
        drawn(Scenario.timeline(read({ ...document, ...changed }), seed)).filter((arrival) => arrival.kind === kind)
      expect(only("batch", { requests: other.requests })).toEqual(only("batch", {}))
      expect(only("request", { batches: other.batches })).toEqual(only("request", {}))
    }
  )

  test.prop([anyScenarioDocument(), fc.nat(100)], quick)("brings as many as it counts", (document, seed) => {
    fc.pre("count" in document.batches && document.batches.labels === undefined)
    const stretches = document.schedule.length * (document.repeat ?? 1)
    const batches = drawn(Scenario.timeline(read(document), seed)).filter(({ kind }) => kind === "batch")
    expect(batches).toHaveLength((document.batches as { readonly count: number }).count * stretches)
    for (const { samples } of batches) expect(samples).toBe(document.batches.samples)
  })
})

/** A day of one kind of arrival, with a change to it. */
const day = (change: object) => ({
  name: "a",
  version: 1,
  schedule: [{ scene: 1, duration: 86_400 }],
  requests: { rate: 0.1 },
  ...change
})

describe("drift", () => {
  const shareOfTwo = (arrivals: ReadonlyArray<Drawn>, from: number, until: number) => {
    const within = arrivals.filter(({ at, kind }) => kind === "request" && at >= from && at < until)
    return within.filter(({ scene }) => scene === 2).length / within.length
  }
  const second = (drift: object) => [
    { scene: 1, duration: 10_000 },
    { scene: 2, duration: 20_000, drift }
  ]

  test("that is gradual brings the new scene ever more often", () => {
    const document = day({ schedule: second({ kind: "gradual", over: 20_000 }), requests: { rate: 1 } })
    const arrivals = drawn(Scenario.timeline(read(document), 1))
    // 5,000 draws scatter by 0.007.
    for (const [i, share] of [0, 0.125, 0.375, 0.625, 0.875].entries()) {
      expect(shareOfTwo(arrivals, 10_000 + (i - 1) * 5000, 10_000 + i * 5000)).toBeCloseTo(share, 1)
    }
  })

  test("that is incremental passes through other scenes, as long in each", () => {
    const drift = { kind: "incremental", over: 9000, through: [3, 4, 1] }
    const arrivals = drawn(Scenario.timeline(read(day({ schedule: second(drift) })), 1))
    const scenesIn = (from: number) => {
      const within = arrivals.filter(({ at, kind }) => kind === "request" && at >= from && at < from + 3000)
      return [...new Set(within.map(({ scene }) => scene))]
    }
    expect([7000, 10_000, 13_000, 16_000, 19_000, 22_000].map(scenesIn)).toEqual([[1], [3], [4], [1], [2], [2]])
  })

  test("may mix scenes, and return to one", () => {
    const schedule = [
      { scene: 1, duration: 20_000 },
      { scene: "dusk", duration: 20_000 },
      { scene: 1, duration: 20_000, drift: { kind: "recurring" } }
    ]
    const document = day({ scenes: { a: 1, b: 2, dusk: { a: 1, b: 3 } }, schedule, requests: { rate: 1 } })
    const arrivals = drawn(Scenario.timeline(read(document), 1))
    expect(shareOfTwo(arrivals, 20_000, 40_000)).toBeCloseTo(0.75, 1)
    expect([shareOfTwo(arrivals, 0, 20_000), shareOfTwo(arrivals, 40_000, 60_000)]).toEqual([0, 0])
  })
})

describe("labels", () => {
  const batches = { rate: 0.5, samples: 20, validation: 10, process: { kind: "periodic" } }
  const drawnWith = (labels: object) => drawn(Scenario.timeline(read(day({ batches: { ...batches, labels } })), 1))
  const at = (arrivals: ReadonlyArray<Drawn>) => arrivals.filter(({ kind }) => kind === "batch").map(({ at }) => at)

  test("come late by a fixed time", () => {
    const [onTime, late] = [at(drawnWith({})), at(drawnWith({ delay: { kind: "fixed", seconds: 100 } }))]
    expect(late).toEqual(onTime.map((time) => time + 100).filter((time) => time < 86_400))
  })

  test("come late by an exponential time, so that batches overtake each other", () => {
    const late = at(drawnWith({ delay: { kind: "exponential", mean: 1000 } }))
    // 43,200 batches less the half thousand that are still waiting: 0.5 a second times 1000 s.
    expect(late.length).toBeGreaterThan(42_500)
    expect(late.length).toBeLessThan(42_900)
    expect(late).toEqual(late.toSorted((a, b) => a - b))
  })

  test("that go missing leave smaller batches, in the right share", () => {
    const arrivals = drawnWith({ missing: 0.25 }).filter(({ kind }) => kind === "batch")
    const mean = (of: "samples" | "validation") =>
      arrivals.reduce((sum, arrival) => sum + arrival[of], 0) / arrivals.length
    expect(mean("samples")).toBeCloseTo(15, 1)
    expect(mean("validation")).toBeCloseTo(7.5, 1)
  })

  test("that all go missing leave no batch", () => {
    const batches = { rate: 0.5, samples: 1, labels: { missing: 0.5 } }
    const arrivals = drawn(Scenario.timeline(read(day({ batches })), 1)).filter(({ kind }) => kind === "batch")
    expect(arrivals.every(({ samples }) => samples === 1)).toBe(true)
    expect(arrivals.length / 21_600).toBeCloseTo(1, 1)
  })
})

test("a source with a seed of its own keeps its draws when the run's seed changes", () => {
  const draw = (seed: number, change: object) => drawn(Scenario.timeline(read(day(change)), seed))
  const batches = { rate: 0.1, samples: 1 }
  const pinned = { batches, seeds: { requests: 7 } }
  const only = (kind: string, arrivals: ReadonlyArray<Drawn>) => arrivals.filter((arrival) => arrival.kind === kind)
  expect(only("request", draw(1, pinned))).toEqual(only("request", draw(2, pinned)))
  expect(only("batch", draw(1, pinned))).not.toEqual(only("batch", draw(2, pinned)))
  expect(only("batch", draw(1, pinned))).toEqual(only("batch", draw(1, { batches })))
})

test("a rate that stays goes on over a border, one that changes begins anew", () => {
  const periodic = { rate: 0.1, process: { kind: "periodic" } }
  const schedule = [
    { scene: 1, duration: 12 },
    { scene: 2, duration: 12 },
    { scene: 3, duration: 12, requests: { count: 2 } }
  ]
  const arrivals = drawn(Scenario.timeline(read(day({ schedule, requests: periodic })), 1))
  expect(arrivals.filter(({ kind }) => kind === "request").map(({ at }) => at)).toEqual([5, 15, 27, 33])
})

test("devices are counted, one of each kind and at its own speed unless told otherwise", () => {
  const one = { name: "orin-nano@15W" }
  const ratedOf = (change: object) => Scenario.devices(read(day(change)))
  expect(ratedOf({})).toEqual([])
  expect(ratedOf({ device: one })).toEqual([{ ...one, count: 1, speed: 1 }])
  expect(
    ratedOf({
      devices: [
        { ...one, count: 3 },
        { ...one, speed: 0.5 }
      ]
    })
  ).toEqual([
    { ...one, count: 3, speed: 1 },
    { ...one, count: 1, speed: 0.5 }
  ])
})

// node -e 'import("./packages/sim/src/Scenario.ts").then(({ jsonSchema }) => console.log(JSON.stringify(jsonSchema())))'
test("the committed JSON Schema is that of the fields", () => {
  const committed: unknown = JSON.parse(readFileSync(new URL(schemaFile, import.meta.url), "utf8"))
  expect(committed).toEqual(Scenario.jsonSchema())
})
