/** BackOff, ErrorBudget, Cara and Drift: baselines that say when to train. */
import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as BackOff from "@edgeol/core/policies/BackOff"
import * as Cara from "@edgeol/core/policies/Cara"
import * as Drift from "@edgeol/core/policies/Drift"
import * as ErrorBudget from "@edgeol/core/policies/ErrorBudget"
import * as Policies from "@edgeol/core/Policies"
import type * as Policy from "@edgeol/core/Policy"
import { joules, seconds } from "@edgeol/core/Units"
import { anyHistory, anyScenario, World } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const at = seconds(0)
const batch: Observation = { _tag: "BatchArrived", at, batch: 0, samples: 10 }
const pretested = (accuracy: number): Observation => ({
  _tag: "Pretested",
  at,
  batch: 0,
  samples: 10,
  accuracy,
  loss: 1
})
const request: Observation = { _tag: "RequestServed", at, request: 0, arrivedAt: at, energy: 0, confidence: 1 }
const oracle: Observation = { _tag: "ScenarioChanged", at, source: "oracle" }
const detected: Observation = { _tag: "ScenarioChanged", at, source: "detector" }
const started: Observation = { _tag: "RoundStarted", at, round: 1, batches: 1, samples: 10 }
const finished: Observation = {
  _tag: "RoundFinished",
  at,
  round: 1,
  batches: 1,
  iterations: 4,
  seconds: seconds(1),
  joules: joules(1)
}
const validated = (accuracy: number): Observation => ({
  _tag: "Validated",
  at,
  samples: 64,
  accuracy,
  loss: 1,
  energyMean: 0,
  energyDeviation: 1
})

/** Plays observations, each round that is asked for taking no time; places of those that made it ask for one. */
const rounds = (policy: Policy.Policy, history: ReadonlyArray<Observation>): ReadonlyArray<number> => {
  let state = policy.initial
  return history.flatMap((observation, i) => {
    const [next, decision] = policy.decide(state, observation)
    const trains = Decision.has(decision, "Train")
    state = trains ? policy.decide(next, started)[0] : next
    return trains ? [i] : []
  })
}

const batches = (count: number) => Array.from({ length: count }, () => batch)
const gaps = (places: ReadonlyArray<number>) => places.map((place, i) => place - (places[i - 1] ?? -1))

describe("back-off", () => {
  test("makes rounds of 1, 2, 4, 8 and then 8 batches", () => {
    expect(gaps(rounds(BackOff.make(), batches(40)))).toEqual([1, 2, 4, 8, 8, 8, 8])
    expect(gaps(rounds(BackOff.make({ first: 3, factor: 3, most: 10 }), batches(32)))).toEqual([3, 9, 10, 10])
    expect(gaps(rounds(BackOff.make({ first: 3, factor: 1, most: 2 }), batches(6)))).toEqual([2, 2, 2])
  })

  test("begins again at a change: at once where a detector tells of it, with the next batch where an oracle does", () => {
    expect(gaps(rounds(BackOff.make(), [...batches(9), detected, ...batches(6)]))).toEqual([1, 2, 4, 3, 2, 4])
    expect(gaps(rounds(BackOff.make(), [...batches(9), oracle, ...batches(6)]))).toEqual([1, 2, 4, 4, 2])
    expect(rounds(BackOff.make(), [detected])).toEqual([])
  })
})

describe("error budget", () => {
  const policy = ErrorBudget.make({ errors: 6, most: 4 })

  test("starts a round at so many waiting samples that failed, or so many batches", () => {
    const failing = (share: number) => [batch, pretested(1 - share)]
    expect(rounds(policy, [...failing(0.3), ...failing(0.2)])).toEqual([])
    expect(rounds(policy, [...failing(0.3), ...failing(0.3), ...failing(0.6)])).toEqual([3, 5])
    expect(rounds(policy, Array.from({ length: 8 }, () => failing(0)).flat())).toEqual([6, 14])
    for (const accuracy of [NaN, Infinity, -3]) expect(rounds(policy, [batch, pretested(accuracy)])).toEqual([])
  })

  test("keeps its promise over runs: no round starts on less, none is late", () => {
    let trained = 0
    const promised = fc.property(
      anyScenario(),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      (...of) => {
        const [scenario, errors, most] = of
        let [failed, waiting, asked] = [0, 0, false]
        for (const { observation, decision } of World.run(ErrorBudget.make({ errors, most }), scenario).tape) {
          if (observation._tag === "BatchArrived") waiting += 1
          if (observation._tag === "Pretested" && observation.accuracy >= 0)
            failed += Math.round((1 - observation.accuracy) * observation.samples)
          asked ||= Decision.has(decision, "Train")
          expect(asked).toBe(failed >= errors || waiting >= most)
          if (observation._tag !== "RoundStarted") continue
          trained += 1
          ;[failed, waiting, asked] = [0, 0, false]
        }
      }
    )
    fc.assert(promised)
    expect(trained).toBeGreaterThan(100)
  })
})

describe("cara", () => {
  /** After a round that left an error of 0.1: batches with requests before each, and the error on it. */
  const after = (...list: ReadonlyArray<readonly [requests: number, error: number]>) => [
    finished,
    validated(0.9),
    ...list.flatMap(([count, error]) => [...Array.from({ length: count }, () => request), batch, pretested(1 - error)])
  ]
  const count = (config: Parameters<typeof Cara.make>[0], history: ReadonlyArray<Observation>) =>
    rounds(Cara.make(config), history).length

  test("compares wrong answers, or those that a fresh model would not give, with the price of a round", () => {
    const stale = after([10, 0.5])
    expect(count({ variant: "threshold", relative: true, price: 3.5 }, stale)).toBe(1)
    expect(count({ variant: "threshold", relative: true, price: 4.5 }, stale)).toBe(0)
    expect(count({ variant: "threshold", relative: true, price: 0 }, after([10, 0.1], [0, 0.9], [10, 0.05]))).toBe(0)
  })

  test("counts every error where it is not told otherwise, and then needs no validation", () => {
    const stale = after([10, 0.5])
    expect(count({ variant: "threshold", price: 4.5 }, stale)).toBe(1)
    expect(count({ variant: "threshold", price: 5.5 }, stale)).toBe(0)
    const asks = (relative: boolean) => Cara.make({ relative }).decide(Cara.make().initial, finished)[1]
    expect([asks(false), asks(true)]).toEqual([Decision.wait, Decision.validate])
  })

  test("adds them up since the last round where told to", () => {
    const slowly = after([5, 0.3], [5, 0.3], [5, 0.3], [5, 0.3])
    expect(count({ variant: "threshold", relative: true, price: 1.5 }, slowly)).toBe(0)
    expect(count({ variant: "cumulative", relative: true, price: 1.5 }, slowly)).toBe(2)
  })

  test("summing never comes later than not summing", () => {
    let sooner = 0
    const first = (variant: "threshold" | "cumulative", history: ReadonlyArray<Observation>) =>
      rounds(Cara.make({ variant, price: 1.5 }), history)[0] ?? Infinity
    const anyBatch = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 10 }))
    const anyStaleness = fc
      .array(anyBatch, { maxLength: 10, size: "max" })
      .map((list) => after(...list.map(([count, error]) => [count, error / 10] as const)))
    const prompt = fc.property(fc.oneof(anyStaleness, anyHistory()), (history) => {
      const [sum, single] = [first("cumulative", history), first("threshold", history)]
      expect(sum).toBeLessThanOrEqual(single)
      if (sum < single) sooner += 1
    })
    fc.assert(prompt, { numRuns: 300 })
    expect(sooner).toBeGreaterThan(10)
  })

  test("periodically looks at nothing", () => {
    const policy = Cara.make({ variant: "periodic", every: 3 })
    expect(rounds(policy, batches(7))).toEqual([2, 5])
    expect(policy.decide(policy.initial, finished)[1]).toEqual(Decision.wait)
  })

  test("is not moved by an accuracy that is none", () => {
    const broken = [request, request, pretested(NaN), pretested(Infinity), validated(NaN), validated(-1)]
    expect(count({ price: 0 }, broken)).toBe(0)
  })
})

describe("drift", () => {
  test("trains at an alarm on what waits, and with the first batch after what an oracle tells", () => {
    expect(rounds(Drift.make({ most: 9 }), [...batches(3), detected, ...batches(3)])).toEqual([3])
    expect(rounds(Drift.make({ most: 9 }), [...batches(3), oracle, ...batches(3)])).toEqual([4])
    expect(rounds(Drift.make({ most: 9 }), [detected, ...batches(3)])).toEqual([1])
  })

  test("without an alarm, when enough waits", () => {
    expect(gaps(rounds(Drift.make({ most: 4 }), batches(13)))).toEqual([4, 4, 4])
  })

  test("with a detector trains more often than with none", () => {
    const trains = (specification: string, scenario: Parameters<typeof World.run>[1]) =>
      World.run(Policies.parse(specification), scenario).tape.filter(
        ({ observation }) => observation._tag === "RoundStarted"
      ).length
    let more = 0
    fc.assert(
      fc.property(anyScenario(), (scenario) => {
        const [told, untold] = [trains("drift:20+oracle", scenario), trains("drift:20+blind", scenario)]
        if (told > untold) more += 1
      })
    )
    expect(more).toBeGreaterThan(50)
  })
})
