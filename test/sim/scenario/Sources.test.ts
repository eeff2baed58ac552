import { fc, test } from "@fast-check/vitest"
import * as Rng from "@edgeol/core/Rng"
import { seconds } from "@edgeol/core/Units"
import * as Arrivals from "@edgeol/sim/Arrivals"
import type * as Process from "@edgeol/sim/scenario/Process"
import * as Sources from "@edgeol/sim/scenario/Sources"
import { describe, expect } from "vitest"

const reach = (from: number, until: number): Sources.Reach => ({
  from: seconds(from),
  until: seconds(until),
  horizon: until
})
const rng = (seed: number) => () => Rng.named(seed, "a")

/** Times before the end of the reach. */
const drawn = (source: Sources.Source, until: number): Array<number> => {
  const times: Array<number> = []
  for (let at = source.next(); at < until; at = source.next()) times.push(at)
  return times
}

const draw = (process: Process.Process, rate: number, until: number, seed = 1, traces: Sources.Traces = new Map()) =>
  drawn(
    Sources.open(process.kind === "trace" ? { process } : { rate, process }, reach(0, until), rng(seed), traces),
    until
  )

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Variance of the counts in windows over their mean: 1 for Poisson, more for what clusters. */
const dispersion = (times: ReadonlyArray<number>, window: number, until: number) => {
  const counts = Array.from({ length: Math.floor(until / window) }, () => 0)
  for (const at of times) if (Math.floor(at / window) < counts.length) counts[Math.floor(at / window)]! += 1
  const average = mean(counts)
  return mean(counts.map((count) => (count - average) ** 2)) / average
}

const processes: ReadonlyArray<readonly [Process.Process, least: number, most: number]> = [
  [{ kind: "periodic" }, 0, 0.05],
  [{ kind: "jittered", share: 1 }, 0, 0.1],
  [{ kind: "poisson" }, 0.9, 1.1],
  [
    {
      kind: "markov",
      levels: [
        { level: 1, dwell: 300 },
        { level: 6, dwell: 60 },
        { level: 0, dwell: 100 }
      ]
    },
    20,
    200
  ],
  [{ kind: "diurnal", profile: [1, 4, 2], day: 3000 }, 10, 40],
  [{ kind: "bursts", size: 8, gap: 0.1 }, 12, 18]
]

describe.each(processes)("$kind arrivals", (process, least, most) => {
  const until = 200_000
  const times = draw(process, 0.5, until)

  test("come in order", () => {
    expect(times.every((at, i) => at >= (times[i - 1] ?? 0))).toBe(true)
  })

  test("come as often as told in the long run", () => {
    // 100,000 of them; the standard deviation of the count is its dispersion's root times 316.
    expect(Math.abs(times.length - until / 2)).toBeLessThan(4 * 316 * Math.sqrt(most))
  })

  test("cluster as they should", () => {
    const found = dispersion(times, 100, until)
    expect(found).toBeGreaterThanOrEqual(least)
    expect(found).toBeLessThanOrEqual(most)
  })

  test("are the same for the same seed, and others for another where there is chance", () => {
    expect(draw(process, 0.5, 2000)).toEqual(draw(process, 0.5, 2000))
    if (process.kind !== "periodic") expect(draw(process, 0.5, 2000, 2)).not.toEqual(draw(process, 0.5, 2000))
  })
})

test("a day's profile is kept", () => {
  const times = draw({ kind: "diurnal", profile: [0, 3, 1], day: 3000 }, 1, 300_000)
  const parts = [0, 0, 0]
  for (const at of times) parts[Math.floor((at % 3000) / 1000)]! += 1
  expect(parts[0]).toBe(0)
  expect(parts[1]! / parts[2]!).toBeCloseTo(3, 1)
})

test("bursts of one with no gap are Poisson: their gaps deviate by their mean", () => {
  const times = draw({ kind: "bursts", size: 1, gap: 0 }, 1, 20_000)
  const gaps = times.slice(1).map((at, i) => at - times[i]!)
  const average = mean(gaps)
  expect(Math.sqrt(mean(gaps.map((gap) => (gap - average) ** 2))) / average).toBeCloseTo(1, 1)
})

test("a rate that is nearly nothing ends with the run", () => {
  expect(draw({ kind: "diurnal", profile: [1, 2] }, 1e-300, 1e6)).toEqual([])
})

describe("a count", () => {
  const process = fc.oneof(
    fc.constant({ kind: "periodic" } as const),
    fc.constant({ kind: "poisson" } as const),
    fc.integer({ min: 0, max: 10 }).map((tenths) => ({ kind: "jittered", share: tenths / 10 }) as const)
  )

  test.prop([process, fc.integer({ min: 0, max: 80 }), fc.nat(1000), fc.integer({ min: 1, max: 500 }), fc.nat(99)])(
    "comes one by one at the times that it has all at once",
    (process, count, from, length, seed) => {
      const span = { from: seconds(from / 7), until: seconds((from + length) / 7) }
      const oneByOne = drawn(Sources.counted(process, count, span, rng(seed)), Infinity)
      expect(oneByOne).toEqual([...Arrivals.times(process, count, span, rng(seed)())])
    }
  )

  test("too large to keep is still exact, in order, inside and uniform", () => {
    const times = drawn(Sources.counted({ kind: "poisson" }, 100_000, reach(10, 20), rng(1)), Infinity)
    expect(times).toHaveLength(100_000)
    expect(times.every((at, i) => at >= (times[i - 1] ?? 10) && at < 20)).toBe(true)
    // Kolmogorov's distance, 1.63 / sqrt(n) at 1 %.
    const distance = Math.max(...times.slice(0, 50_000).map((at, i) => Math.abs((at - 10) / 10 - i / 100_000)))
    expect(distance).toBeLessThan(1.63 / Math.sqrt(100_000))
  })
})

describe("a trace", () => {
  const traces = new Map([["a.csv", Float64Array.of(5, 6, 6, 9)]])
  const trace = (change: object) => draw({ kind: "trace", file: "a.csv", ...change }, 0, 30, 1, traces)

  test("begins with its first time and ends with its last", () => {
    expect(trace({})).toEqual([0, 1, 1, 4])
  })

  test("may be stretched, and start again a mean gap later", () => {
    expect(trace({ scale: 2 })).toEqual([0, 2, 2, 8])
    const period = 4 + 4 / 3
    const rounds = [0, 1, 2, 3, 4, 5].flatMap((round) => [0, 1, 1, 4].map((at) => round * period + at))
    expect(trace({ repeat: true })).toEqual(rounds.filter((at) => at < 30).map((at) => expect.closeTo(at, 9)))
  })

  test("may be thinned", () => {
    const many = new Map([["a.csv", Float64Array.from({ length: 10_000 }, (_, i) => i)]])
    const times = draw({ kind: "trace", file: "a.csv", keep: 0.3 }, 0, 1e6, 1, many)
    expect(times.length / 10_000).toBeCloseTo(0.3, 1)
    expect(times.every(Number.isInteger)).toBe(true)
  })
})
