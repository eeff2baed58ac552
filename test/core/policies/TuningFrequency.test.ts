import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as TuningFrequency from "@edgeol/core/policies/TuningFrequency"
import { joules, seconds } from "@edgeol/core/Units"
import { anyConfig, anyHistory, anyScenario, type Scenario, World } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const at = seconds(0)
const batch: Observation = { _tag: "BatchArrived", at, batch: 0, samples: 1 }
const request: Observation = { _tag: "RequestServed", at, request: 0, arrivedAt: at, energy: 0, confidence: 1 }
const changed: Observation = { _tag: "ScenarioChanged", at, source: "oracle" }
const started = (batches: number): Observation => ({ _tag: "RoundStarted", at, round: 1, batches, samples: batches })
const finished = (batches: number, iterations = 20): Observation => ({
  _tag: "RoundFinished",
  at,
  round: 1,
  batches,
  iterations,
  seconds: seconds(1),
  joules: joules(1)
})
const validated = (accuracy: number): Observation => ({
  _tag: "Validated",
  at,
  samples: 64,
  accuracy,
  loss: 1,
  energyMean: 0,
  energyDeviation: 1
})

type Policy = ReturnType<typeof TuningFrequency.make>
const after = (policy: Policy, history: ReadonlyArray<Observation>, from = policy.initial) =>
  history.reduce((state, observation) => policy.decide(state, observation)[0], from)

/** Where a history first makes the policy ask for a round. */
const firstTrain = (policy: Policy, from: TuningFrequency.State, history: ReadonlyArray<Observation>) => {
  let state = from
  const place = history.findIndex((observation) => {
    const [next, decision] = policy.decide(state, observation)
    state = next
    return Decision.has(decision, "Train")
  })
  return place < 0 ? Infinity : place
}

const anyPolicy = anyConfig["frequency"]!.map((config) => TuningFrequency.make(config))

test("the need stays within its bounds, from the start", () => {
  let raised = 0
  const bounded = fc.property(anyConfig["frequency"]!, anyHistory(), (config, history) => {
    const policy = TuningFrequency.make({ trustAbove: 0, ...config })
    const { needMin, needMax } = policy.config as { needMin: number; needMax: number }
    let state = policy.initial
    for (const observation of history) {
      state = policy.decide(state, observation)[0]
      expect(state.need).toBeGreaterThanOrEqual(needMin)
      expect(state.need).toBeLessThanOrEqual(needMax)
      if (state.need > needMin) raised += 1
    }
  })
  fc.assert(bounded, { numRuns: 500 })
  expect(raised).toBeGreaterThan(50)
})

test("without a pull and with need 1 it is immediate: the same rounds on the same batches", () => {
  const always = TuningFrequency.make({ needMin: 1, needMax: 1, pull: 0 })
  const rounds = (policy: Parameters<typeof World.run>[0], scenario: Scenario) =>
    World.run(policy, scenario).tape.filter(({ observation }) => observation._tag === "RoundStarted")
  let trained = 0
  const same = fc.property(anyScenario(), (drawn) => {
    // It validates after a round, which immediate does not: here that takes no time.
    const scenario = { ...drawn, costs: { ...drawn.costs, validation: 0 } }
    const expected = rounds(Immediate.make(), scenario).map(({ observation }) => observation)
    expect(rounds(always, scenario).map(({ observation }) => observation)).toEqual(expected)
    trained += expected.length
  })
  fc.assert(same)
  expect(trained).toBeGreaterThan(100)
})

test("an extra request never delays the next round", () => {
  let hastened = 0
  const waiting = fc.array(fc.constantFrom(batch, batch, batch, request), { maxLength: 20, size: "max" })
  const anyRound = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat({ max: 5 }), fc.integer({ min: 50, max: 60 }))
  const past = fc.array(anyRound, { minLength: 2, maxLength: 8, size: "max" })
  const rounds = (list: ReadonlyArray<readonly [number, number, number]>) =>
    list.flatMap(([batches, requests, correct]) => [
      ...Array.from({ length: requests }, () => request),
      ...Array.from({ length: batches }, () => batch),
      started(batches),
      finished(batches),
      validated(correct / 64)
    ])
  const pulling = anyConfig["frequency"]!.map((config) => TuningFrequency.make({ pull: 1, ...config, trustAbove: 0.5 }))
  const prompt = fc.property(pulling, past, waiting, fc.nat(), (policy, list, wait, place) => {
    const state = after(policy, rounds(list))
    const without = firstTrain(policy, state, wait)
    const i = place % (wait.length + 1)
    const extra = firstTrain(policy, state, [...wait.slice(0, i), request, ...wait.slice(i)])
    // The extra request takes one place itself.
    expect(extra).toBeLessThanOrEqual(without + (i <= without ? 1 : 0))
    if (extra < without) hastened += 1
  })
  fc.assert(prompt, { numRuns: 5000 })
  expect(hastened).toBeGreaterThan(50)
})

test("asks for a round only while batches wait, of which it keeps count", () => {
  const counts = fc.property(anyPolicy, anyHistory(), (policy, history) => {
    let [state, waiting] = [policy.initial, 0]
    for (const observation of history) {
      const [next, decision] = policy.decide(state, observation)
      if (observation._tag === "BatchArrived") waiting += 1
      if (observation._tag === "RoundStarted") waiting = 0
      expect(next.have).toBe(waiting)
      if (Decision.has(decision, "Train")) expect(waiting).toBeGreaterThan(0)
      state = next
    }
  })
  fc.assert(counts)
})

describe("the need", () => {
  const policy = TuningFrequency.make({ gain: 0.05, needMin: 1, needMax: 8 })
  const round = (accuracy: number) => [batch, started(1), finished(1), validated(accuracy)]
  const flat = [0.8, 0.8, 0.8, 0.8].flatMap(round)

  test("rises to its most where accuracy stands still, or falls", () => {
    expect(after(policy, flat).need).toBe(8)
    expect(after(policy, [0.9, 0.88, 0.86, 0.84].flatMap(round)).need).toBe(8)
  })

  test("is what the curve says where accuracy rises", () => {
    const rising = [0.6, 0.7, 0.75, 0.78].flatMap(round)
    const { need } = after(policy, rising)
    expect(need).toBeGreaterThan(1)
    expect(need).toBeLessThan(8)
  })

  test("is its least below the accuracy that curves are trusted at", () => {
    const doubting = TuningFrequency.make({ trustAbove: 0.5, needMin: 1, needMax: 8 })
    expect(after(doubting, [0.4, 0.4, 0.4, 0.4].flatMap(round)).need).toBe(1)
    expect(after(doubting, [0.6, 0.6, 0.6, 0.6].flatMap(round)).need).toBe(8)
  })

  test("falls with requests and after a scenario change", () => {
    const high = after(policy, flat)
    const pulled = after(policy, [request, request], high)
    expect(pulled.need).toBeLessThan(high.need)
    expect(after(policy, [changed], high)).toMatchObject({ need: 1, points: [] })
  })

  test("is not moved by an accuracy that is none", () => {
    const high = after(policy, flat)
    for (const accuracy of [NaN, Infinity, -1]) expect(after(policy, [validated(accuracy)], high)).toEqual(high)
  })

  test("starts a round at a change on what waits, if told so", () => {
    const eager = TuningFrequency.make({ trainOnChange: true, needMin: 4 })
    expect(firstTrain(eager, eager.initial, [batch, changed])).toBe(1)
    expect(firstTrain(policy, after(policy, flat), [batch, changed])).toBe(1)
    const patient = TuningFrequency.make({ needMin: 4 })
    expect(firstTrain(patient, patient.initial, [batch, changed])).toBe(Infinity)
  })
})
