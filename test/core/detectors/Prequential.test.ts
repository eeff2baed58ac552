import * as Decision from "@edgeol/core/Decision"
import * as EnergyScore from "@edgeol/core/detectors/EnergyScore"
import * as Prequential from "@edgeol/core/detectors/Prequential"
import type { Observation } from "@edgeol/core/Observation"
import * as Policy from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import { seconds } from "@edgeol/core/Units"
import { anyHistory } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

const at = seconds(0)
const samples = 16
const batch: Observation = { _tag: "BatchArrived", at, batch: 0, samples }
const pretested = (accuracy: number): Observation => ({ _tag: "Pretested", at, batch: 0, samples, accuracy, loss: 1 })

/** Writes down the sources of the changes that it is told of. */
const listener = Policy.make<object, ReadonlyArray<string>>({
  name: "listener",
  config: {},
  initial: [],
  decide: (_, heard, observation) =>
    observation._tag === "ScenarioChanged" ? [[...heard, observation.source], Decision.train] : [heard, Decision.wait]
})

const policy = Prequential.detect()(listener)
const heard = (history: ReadonlyArray<Observation>) =>
  history.reduce((state, observation) => policy.decide(state, observation)[0], policy.initial).inner

/** Accuracies on batches of a model that is right with probability `p`. */
const batches = (seed: number, p: number, count: number) => {
  const rng = Rng.named(seed, `answers/${p}`)
  const right = () => Array.from({ length: samples }, () => (rng.next() < p ? 1 : 0)).reduce<number>((a, b) => a + b, 0)
  return Array.from({ length: count }, () => pretested(right() / samples))
}

test("a model as good as ever is rarely suspected", () => {
  let alarms = 0
  for (let seed = 0; seed < 200; seed++) alarms += heard(batches(seed, 0.8, 20)).length
  // The level wanders too: 1.3 % one-sided at 2.5 deviations of a batch alone, about 2 % with it, of 4,000 looks.
  expect(alarms).toBeLessThan(160)
  expect(alarms).toBeGreaterThan(0)
})

test("a model that fails is found at the first batch, nine times in ten", () => {
  let found = 0
  for (let seed = 0; seed < 200; seed++) {
    const calm = batches(seed, 0.8, 5)
    found += heard([...calm, ...batches(seed, 0.3, 1)]).length > heard(calm).length ? 1 : 0
  }
  expect(found).toBeGreaterThan(180)
})

test("after a change the level begins anew: the same failing is no second change", () => {
  expect(heard([pretested(0.9), pretested(0.2), pretested(0.2), pretested(0.15)])).toEqual(["detector"])
})

test("a level of 1 or 0, an accuracy that is none and a batch of no samples are borne", () => {
  expect(heard([pretested(1), pretested(1), pretested(0.5)])).toEqual(["detector"])
  expect(heard([pretested(0), pretested(0)])).toEqual([])
  expect(heard([pretested(0.9), pretested(NaN), pretested(-1), pretested(Infinity)])).toEqual([])
  expect(heard([pretested(0.9), { ...pretested(0), samples: 0 } as Observation])).toEqual([])
})

test("it asks for a pretest of every batch", () => {
  expect(policy.decide(policy.initial, batch)[1]).toEqual(Decision.pretest)
})

test("it hides the oracle, alone and around another detector, whose changes pass", () => {
  const oracle: Observation = { _tag: "ScenarioChanged", at, source: "oracle" }
  const told: Observation = { _tag: "ScenarioChanged", at, source: "detector" }
  const around = Prequential.detect()(EnergyScore.detect()(listener))
  const inner = (observation: Observation) => around.decide(around.initial, observation)[0].inner.inner
  expect(heard([oracle])).toEqual([])
  expect(inner(oracle)).toEqual([])
  expect(inner(told)).toEqual(["detector"])
  expect(heard([told])).toEqual(["detector"])
})

test("what is not about changes reaches the policy as it is", () => {
  const echo = Policy.make<object, ReadonlyArray<Observation>>({
    name: "echo",
    config: {},
    initial: [],
    decide: (_, seen, observation) => [[...seen, observation], Decision.wait]
  })
  const passes = fc.property(anyHistory(), (history) => {
    const through = Prequential.detect()(echo)
    const { inner } = history.reduce((state, seen) => through.decide(state, seen)[0], through.initial)
    const plain = (seen: ReadonlyArray<Observation>) => seen.filter(({ _tag }) => _tag !== "ScenarioChanged")
    expect(plain(inner)).toEqual(plain(history))
  })
  fc.assert(passes, { numRuns: 100 })
})
