import { fc, test } from "@fast-check/vitest"
import type { Examples } from "@edgeol/core/Examples"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Difficulty from "@edgeol/streams/Difficulty"
import * as Experiment from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import * as Patterns from "@edgeol/streams/Patterns"
import { Result } from "effect"
import { describe, expect } from "vitest"
import { fingerprints, small } from "./streams.ts"

const seed = fc.integer({ min: 0, max: 10_000 })
/** Shares on a grid of tenths. */
const tenths = fc.integer({ min: 0, max: 10 }).map((n) => n / 10)
const quick = { numRuns: 6 }

const stream = Patterns.nic(1)
const feed = (seed: number, difficulty: Difficulty.Difficulty, experiment = small) =>
  Result.getOrThrow(Feed.make(stream, { ...experiment, difficulty }, seed))
const batchesOf = ({ timeline }: Feed.Feed) => timeline.filter(({ _tag }) => _tag === "Batch")
const requestsOf = ({ requests, timeline }: Feed.Feed) => [timeline.filter(({ _tag }) => _tag === "Request"), requests]

describe("wrong labels", () => {
  const classes = [2, 3, 5, 7]
  const labels = Int32Array.from({ length: 400 }, (_, i) => classes[i % 4]!)
  const examples: Examples = { count: 400, shape: [1, 1, 1], inputs: new Uint8Array(400), labels }
  const given = (labelNoise: number, seed: number, among = classes) =>
    Difficulty.mislabeller({ labelNoise }, seed, "train")(examples, among)

  test.prop([seed, tenths, tenths])(
    "are as many as asked, others of the scenario, and more with more",
    (seed, a, b) => {
      const [some, more] = [given(Math.min(a, b), seed), given(Math.max(a, b), seed)]
      expect([some.inputs, some.count]).toEqual([examples.inputs, 400])
      expect([...more.labels].every((label) => classes.includes(label))).toBe(true)
      const wrong = (of: Examples) => [...of.labels.keys()].filter((i) => of.labels[i] !== labels[i])
      for (const i of wrong(some)) expect(more.labels[i]).toBe(some.labels[i])
      expect(Math.abs(wrong(more).length / 400 - Math.max(a, b))).toBeLessThan(0.12)
      expect(wrong(given(0, seed))).toEqual([])
      expect(wrong(given(1, seed))).toHaveLength(400)
    }
  )

  test("of the only class there is are right", () => {
    expect(given(1, 1, [2])).toBe(examples)
  })

  test.prop([seed, tenths], quick)("are met on line alone, and asked and scored truly", (seed, labelNoise) => {
    const [noisy, plain] = [feed(seed, { labelNoise }), feed(seed, {})]
    const { batches, ...rest } = noisy
    expect({ ...rest, experiment: 0, scenarioOfRequest: 0, stream: 0 }).toEqual({
      ...plain,
      batches: undefined,
      experiment: 0,
      scenarioOfRequest: 0,
      stream: 0
    })
    expect(batches.map(({ train }) => train.inputs)).toEqual(plain.batches.map(({ train }) => train.inputs))
    if (labelNoise === 1)
      batches.forEach(({ train }, i) => {
        const truth = plain.batches[i]!.train.labels
        train.labels.forEach((label, k) => expect(label).not.toBe(truth[k]))
      })
  })
})

describe("late labels", () => {
  test.prop([seed, fc.integer({ min: 1, max: 12 })], quick)("shift batches as they are", (seed, halves) => {
    const labelDelay = halves / 2
    const [late, plain] = [feed(seed, { labelDelay }), feed(seed, {})]
    const due = batchesOf(plain).filter(({ at }) => at + labelDelay < plain.seconds)
    expect(batchesOf(late).map(({ at }) => at)).toEqual(due.map(({ at }) => at + labelDelay))
    expect(late.batches).toEqual(plain.batches.slice(0, due.length))
    expect(requestsOf(late)).toEqual(requestsOf(plain))
  })
})

describe("missing labels", () => {
  test.prop([seed, tenths.filter((share) => share < 1)], quick)("make batches smaller, and fewer", (seed, share) => {
    const [few, plain] = [feed(seed, { labelsMissing: share }), feed(seed, {})]
    expect(few.batches.length).toBeLessThanOrEqual(plain.batches.length)
    expect(few.batches.every(({ train }) => train.count > 0 && train.count <= small.batches.samples)).toBe(true)
    expect(requestsOf(few)).toEqual(requestsOf(plain))
    if (share === 0) expect(few.batches).toEqual(plain.batches)
  })

  test("are as many as asked", () => {
    const many = { ...small, batches: { ...small.batches, perScenario: 50, secondsBetween: 1 } }
    const samples = ({ batches }: Feed.Feed) => batches.reduce((sum, { train }) => sum + train.count, 0)
    const all = samples(feed(1, {}, many))
    const some = feed(1, { labelsMissing: 0.8 }, many)
    expect(samples(some) / all).toBeGreaterThan(0.15)
    expect(samples(some) / all).toBeLessThan(0.25)
    expect(some.batches.length).toBeLessThan(200)
  })
})

/** Of the requests that come by each quarter of a stretch, the share drawn from the scene that it leads to. */
const shareOfNew = (drift: number) => {
  const many = { ...small, requests: { perScenario: 200, process: { kind: "periodic" as const } } }
  const { requests, scenarioOfRequest } = feed(1, drift === 0 ? {} : { drift }, many)
  return [0, 1, 2, 3].map((quarter) => {
    const own = requests.flatMap((_, id) => {
      const [stretch, place] = [Math.floor(id / 200), id % 200]
      return stretch > 0 && Math.floor(place / 50) === quarter ? [scenarioOfRequest(id) === stretch + 1] : []
    })
    return own.filter(Boolean).length / own.length
  })
}

describe("slow drift", () => {
  test("blends a scenario in over its length, or over a share of it", () => {
    expect(shareOfNew(0)).toEqual([1, 1, 1, 1])
    for (const [i, share] of shareOfNew(1).entries()) expect(Math.abs(share - (0.125 + 0.25 * i))).toBeLessThan(0.1)
    const [first, second, ...rest] = shareOfNew(0.5)
    expect(first).toBeLessThan(0.4)
    expect(second).toBeGreaterThan(0.6)
    expect(rest).toEqual([1, 1])
  })
})

describe("an order", () => {
  test("that comes back goes on with images not shown before", () => {
    const { batches, requests, scenarioOfRequest, timeline } = feed(2, { order: [1, 2, 1, 2] })
    const scenes = [1, 2, 1, 2].flatMap((scene) => Array.from({ length: 5 }, () => scene))
    expect(requests.map((_, id) => scenarioOfRequest(id))).toEqual(scenes)
    const names = timeline.flatMap((arrival) => (arrival._tag === "Scenario" ? [arrival.name] : []))
    expect(names).toEqual([1, 2, 1, 2].map((scene) => stream.scenarios[scene]!.name))
    const shown = batches.flatMap(({ train }) => fingerprints(train))
    expect(new Set(shown).size).toBe(shown.length)
  })

  test("of a scenario that the stream lacks is refused", () => {
    const result = Feed.make(stream, { ...small, difficulty: { order: [1, 9] } }, 1)
    expect(Result.isFailure(result) && result.failure.message).toContain("has a scene 9, but patterns/nic has only 4")
  })

  test.prop([seed, fc.integer({ min: 1, max: 6 }), tenths], quick)(
    "and the rest go together",
    (seed, length, drift) => {
      const order = Array.from({ length }, (_, i) => 1 + ((seed + i) % 4))
      const all = { order, drift, labelNoise: 0.3, labelDelay: 0.7, labelsMissing: 0.4 }
      const made = feed(seed, all)
      expect(made.timeline.filter(({ _tag }) => _tag === "Scenario")).toHaveLength(length)
      expect(made.batches).toEqual(feed(seed, all).batches)
      expect(made.requests).toHaveLength(5 * length)
      expect(made.seconds).toBe(length * 1.5)
    }
  )
})

test("no difficulty leaves a scenario as it is", () => {
  const plain = Scenario.ofExperiment(small, ["a", "b"])
  expect(Difficulty.arrivals({}, plain)).toBe(plain)
  expect(Difficulty.arrivals({ drift: 0, labelsMissing: 0 }, plain)).toBe(plain)
})

test.each([
  [{ labelNoise: 1.5 }, /"difficulty\.labelNoise"/],
  [{ labelsMissing: 1 }, /"difficulty\.labelsMissing": .*below 1/],
  [{ labelDelay: "soon" }, /"difficulty\.labelDelay": .*10 min/],
  [{ order: [] }, /"difficulty\.order": .*at least one scenario/],
  [{ order: [0] }, /"difficulty\.order\.0"/]
])("%j is refused where it stands", (difficulty, expected) => {
  const text = JSON.stringify({ ...small, difficulty }, null, 2)
  const result = Experiment.parse(text, "a.yaml")
  expect(Result.isFailure(result) && result.failure.message).toMatch(expected)
})
