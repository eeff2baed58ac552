import * as Decision from "@edgeol/core/Decision"
import * as EnergyScore from "@edgeol/core/detectors/EnergyScore"
import * as None from "@edgeol/core/detectors/None"
import type { Observation } from "@edgeol/core/Observation"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as Policy from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import { seconds } from "@edgeol/core/Units"
import { anyHistory } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const at = seconds(0)
const request = (energy: number): Observation => ({
  _tag: "RequestServed",
  at,
  request: 0,
  arrivedAt: at,
  energy,
  confidence: 1
})
const validated = (energyMean: number, energyDeviation: number): Observation => ({
  _tag: "Validated",
  at,
  samples: 64,
  accuracy: 0.9,
  loss: 1,
  energyMean,
  energyDeviation
})

/** Writes down what it is told of changes. */
const listener = Policy.make<object, ReadonlyArray<string>>({
  name: "listener",
  config: {},
  initial: [],
  decide: (_, heard, observation) =>
    observation._tag === "ScenarioChanged" ? [[...heard, observation.source], Decision.train] : [heard, Decision.wait]
})

const config = { window: 16, z: 3 }
const heard = (history: ReadonlyArray<Observation>, of = config) => {
  const policy = EnergyScore.detect(of)(listener)
  return history.reduce((state, observation) => policy.decide(state, observation)[0], policy.initial).inner
}

const energies = (seed: number, count: number, mean: number) => {
  const rng = Rng.named(seed, `energies/${mean}`)
  return Array.from({ length: count }, () => request(mean + rng.normal()))
}

describe("detection", () => {
  const runs = 2000

  test("on stationary energies is as rare as three standard errors", () => {
    // One look at a full window: P(|mean of 16| > 3 standard errors) = 0.0027, or 5.4 of 2,000, and four deviations.
    const alarms = Array.from({ length: runs }, (_, seed) => heard([validated(0, 1), ...energies(seed, 16, 0)]).length)
    expect(alarms.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(14)
  })

  test("on long stationary stretches is no more frequent", () => {
    // 0.0027 of 98,500 looks; fewer in truth, since windows overlap and an alarm makes the new level familiar.
    const alarms = Array.from({ length: 100 }, (_, seed) => heard([validated(0, 1), ...energies(seed, 1000, 0)]).length)
    expect(alarms.reduce((sum, count) => sum + count, 0)).toBeLessThan(266)
  })

  test("of a jump by three deviations comes within the window", () => {
    let detected = 0
    for (let seed = 0; seed < runs; seed++) {
      const before = [validated(0, 1), ...energies(seed, 20, 0)]
      if (heard(before).length === 0 && heard([...before, ...energies(seed, 16, 3)]).length === 1) detected += 1
    }
    expect(detected).toBeGreaterThan(0.98 * runs)
  })

  test("is silent before a model's familiar energies are known, and after a change until they are known again", () => {
    const foreign = Array.from({ length: 64 }, () => request(9))
    expect(heard(foreign)).toEqual([])
    expect(heard([validated(0, 1), ...foreign.slice(0, 15)])).toEqual([])
    expect(heard([validated(0, 1), ...foreign.slice(0, 16)])).toEqual(["detector"])
    expect(heard([validated(0, 1), ...foreign])).toEqual(["detector"])
  })

  test("starts afresh with a model that has been validated", () => {
    const familiar = Array.from({ length: 64 }, () => request(9))
    expect(heard([validated(0, 1), ...familiar.slice(0, 15), validated(9, 1), ...familiar])).toEqual([])
  })

  test("passes over energies that are none", () => {
    const foreign = Array.from({ length: 16 }, () => request(9))
    const broken = [NaN, Infinity, -Infinity].map(request)
    expect(heard([validated(0, 1), ...broken, ...foreign.slice(0, 15), ...broken])).toEqual([])
    expect(heard([validated(0, 1), ...foreign.flatMap((one) => [one, ...broken])])).toEqual(["detector"])
    expect(heard([validated(0, 1), validated(NaN, NaN), ...foreign])).toEqual(["detector"])
  })
})

test("the oracle's changes are hidden, everything else is shown", () => {
  const hidden = fc.property(anyHistory(), (history) => {
    const all = Policy.decisions(EnergyScore.detect({ z: 1e300 })(listener), history)
    expect(all.some((decision) => Decision.has(decision, "Train"))).toBe(false)
    const blind = Policy.decisions(None.detect(listener), history)
    expect(blind.some((decision) => Decision.has(decision, "Train"))).toBe(false)
  })
  fc.assert(hidden)
  const oracle: Observation = { _tag: "ScenarioChanged", at, source: "oracle" }
  expect(Policy.decisions(listener, [oracle])).toEqual([Decision.train])
})

test("asks for a validation after each round, beside what its policy asks for", () => {
  const policy = EnergyScore.detect()(Immediate.make())
  const count = fc.property(anyHistory(), (history) => {
    const made = Policy.decisions(policy, history)
    const plain = Policy.decisions(Immediate.make(), history)
    history.forEach(({ _tag }, i) => {
      expect(Decision.has(made[i]!, "Validate")).toBe(_tag === "RoundFinished")
      expect(Decision.without(made[i]!, "Validate")).toEqual(plain[i])
    })
  })
  fc.assert(count)
})
