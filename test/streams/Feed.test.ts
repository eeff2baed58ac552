import { createHash } from "node:crypto"
import { fc, test } from "@fast-check/vitest"
import { type Examples, unknown } from "@edgeol/core/Examples"
import type { Batch } from "@edgeol/core/Samples"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Experiment from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import * as Patterns from "@edgeol/streams/Patterns"
import { Effect, Result } from "effect"
import { describe, expect } from "vitest"
import { fingerprints, small } from "./streams.ts"

const seed = fc.integer({ min: 0, max: 10_000 })
const feed = (seed: number, experiment = small) => Result.getOrThrow(Feed.make(Patterns.nic(seed), experiment, seed))
const batchesOf = ({ timeline }: Feed.Feed) => timeline.filter(({ _tag }) => _tag !== "Request")
const digest = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16)
const bits = ({ count, inputs, labels }: Examples) => [
  count,
  createHash("sha256").update(inputs).digest("hex"),
  [...labels]
]
const quick = { numRuns: 5 }

describe("a feed", () => {
  test.prop([seed], quick)("is the same for the same seed", (seed) => {
    const [one, other] = [feed(seed), feed(seed)]
    expect(one.timeline).toEqual(other.timeline)
    expect(one.batches).toEqual(other.batches)
    expect(one.requests).toEqual(other.requests)
    expect(one.heldOut).toEqual(other.heldOut)
    expect(one.initial).toEqual(other.initial)
  })

  test.prop([seed, fc.integer({ min: 1, max: 9 })], quick)("its batches do not depend on its requests", (seed, n) => {
    const other = feed(seed, { ...small, requests: { perScenario: n, process: { kind: "periodic" } } })
    expect(batchesOf(other)).toEqual(batchesOf(feed(seed)))
    expect(other.batches).toEqual(feed(seed).batches)
    expect(other.heldOut).toEqual(feed(seed).heldOut)
  })

  test.prop([seed], quick)("never asks for, nor scores on, what it teaches or validates", (seed) => {
    const { batches, heldOut, initial, requests } = feed(seed)
    const kinds = [
      [initial.train, ...batches.map(({ train }) => train)],
      [initial.validation, ...batches.map(({ validation }) => validation)],
      requests,
      heldOut
    ].map((examples) => new Set(examples.flatMap(fingerprints)))
    const sizes = kinds.map(({ size }) => size)
    expect(new Set(kinds.flatMap((kind) => [...kind])).size).toBe(sizes.reduce((sum, size) => sum + size, 0))
    expect(sizes).toEqual([12 + 4 * 12, 6 + 4 * 6, 20, 50])
  })

  test.prop([seed], quick)("is in order and numbered by it, each scenario after its border", (seed) => {
    const { scenarioOfRequest, seconds, timeline } = feed(seed)
    expect(timeline).toHaveLength(4 * (1 + 3 + 5))
    expect(timeline.every(({ at }, i) => at >= (timeline[i - 1]?.at ?? 0) && at < seconds)).toBe(true)
    for (const tag of ["Batch", "Request", "Scenario"] as const) {
      const ids = timeline.filter(({ _tag }) => _tag === tag).map(({ id }) => id)
      expect(ids).toEqual(ids.map((_, i) => i + (tag === "Scenario" ? 1 : 0)))
    }
    let scenario = 0
    for (const arrival of timeline) {
      if (arrival._tag === "Scenario") scenario = arrival.id
      if (arrival._tag === "Request") expect(scenarioOfRequest(arrival.id)).toBe(scenario)
    }
  })

  test.prop([seed, fc.integer({ min: 0, max: 4 })], quick)(
    "hides labels by share and seed, sample by sample, of what is met on line alone",
    (seed, quarters) => {
      const [all, some, fewer] = [1, quarters / 4, quarters / 8].map((labelled) => feed(seed, { ...small, labelled }))
      expect(all!.batches).toEqual(feed(seed).batches)
      expect(some!.batches).toEqual(feed(seed, { ...small, labelled: quarters / 4 }).batches)
      const labelsOf = (batches: ReadonlyArray<Batch>) =>
        batches.flatMap((of) => [...of.train.labels, ...of.validation.labels])
      const [true_, known, fewest] = [all!, some!, fewer!].map(({ batches }) => labelsOf(batches))
      known!.forEach((label, i) => expect([unknown, true_![i]]).toContain(label))
      fewest!.forEach((label, i) => label !== unknown && expect(known![i]).toBe(label))
      const share = known!.filter((label) => label !== unknown).length / known!.length
      expect(Math.abs(share - quarters / 4)).toBeLessThan(0.25)
      expect([some!.initial, some!.requests, some!.heldOut]).toEqual([all!.initial, all!.requests, all!.heldOut])
    }
  )

  test("of patterns/nic@1 has the bits that it had when it was first recorded (frozen)", async () => {
    const { experiment } = await Effect.runPromise(Experiment.load("patterns/nic@1"))
    const { batches, heldOut, initial, requests, timeline } = feed(103, experiment)
    const images = [
      [initial.train, initial.validation],
      batches.flatMap(({ train, validation }) => [train, validation]),
      requests,
      heldOut
    ]
    expect([timeline, ...images.map((parts) => parts.map(bits))].map(digest)).toEqual([
      "089db664f9aed322",
      "7af2fc27d286d689",
      "c69f77d1d33b7c7e",
      "63b31a2676254e83",
      "a68d0eeb9f693860"
    ])
  })

  test("is refused when scoring would leave nothing to request", () => {
    const result = Feed.make(Patterns.nic(1), { ...small, heldOut: 600 }, 1)
    expect(Result.isFailure(result) && result.failure.message).toBe(
      'Scenario "clear, clouds" of patterns/nic holds out 600 images, too few to score on 600 and request others; ' +
        "lower heldOut in the experiment."
    )
  })
})

const scenarioOf = (text: string) => Result.getOrThrow(Scenario.parse(text, "a.yaml"))

describe("a feed of a scenario", () => {
  const scenario = scenarioOf(`
name: there and back
version: 1
schedule:
  - { scene: 2, duration: 20 }
  - { name: fading, scene: 1, duration: 20, drift: { kind: gradual, over: 20 } }
  - { scene: 2, duration: 20 }
batches: { rate: 0.5, samples: 4, validation: 2, labels: { missing: 0.3, delay: { kind: exponential, mean: 5 } } }
requests: { rate: 1 }
`)
  const made = Result.getOrThrow(Feed.ofScenario(Patterns.nic(1), scenario, small, 1))

  test("arrives as its timeline says, drawn from the scenes that it names", () => {
    const stream = Patterns.nic(1)
    const pools = stream.scenarios
      .slice(1, 3)
      .map(({ heldOut, train, validation }) =>
        [train, validation, heldOut].map((pool) => new Set(fingerprints(pool.take(Array.from(pool.labels.keys())))))
      )
    const timeline = Scenario.timeline(scenario, 1)
    const scenes = new Set<number>()
    for (const arrival of made.timeline) {
      timeline.next()
      expect(arrival).toMatchObject({ at: timeline.at, id: timeline.id })
      const [train, validation, heldOut] = pools[timeline.scene - 1]!
      const within = (examples: Examples, pool: ReadonlySet<string>) => fingerprints(examples).every((x) => pool.has(x))
      if (arrival._tag === "Batch") {
        const batch = made.batches[arrival.id]!
        expect([batch.train.count, batch.validation.count]).toEqual([arrival.samples, timeline.validation])
        expect(within(batch.train, train!) && within(batch.validation, validation!)).toBe(true)
        scenes.add(timeline.scene)
      }
      if (arrival._tag === "Request") {
        expect(within(made.requests[arrival.id]!, heldOut!)).toBe(true)
        expect(made.scenarioOfRequest(arrival.id)).toBe(timeline.scene)
      }
    }
    expect(timeline.next()).toBe(false)
    expect(scenes).toEqual(new Set([1, 2]))
  })

  test("goes on with the images of a scene where it left off", () => {
    const shown = made.batches.flatMap(({ train }) => fingerprints(train))
    expect(new Set(shown).size).toBe(shown.length)
  })

  test("announces its borders, by their own names or the stream's", () => {
    const names = made.timeline.flatMap((arrival) => (arrival._tag === "Scenario" ? [arrival.name] : []))
    const own = Patterns.nic(1).scenarios[2]!.name
    expect(names).toEqual([own, "fading", own])
  })

  test("never scores on what it requests", () => {
    const scored = new Set(made.heldOut.flatMap(fingerprints))
    expect(made.requests.flatMap(fingerprints).some((image) => scored.has(image))).toBe(false)
  })

  test("is refused when the stream has no such scene", () => {
    const far = { ...scenario, schedule: [{ scene: 7, duration: 10 }] }
    const result = Feed.ofScenario(Patterns.nic(1), far, small, 1)
    expect(Result.isFailure(result) && result.failure.message).toBe(
      "Scenario there and back@1 has a scene 7, but patterns/nic has only 4 that are met on line; choose among them."
    )
  })
})
