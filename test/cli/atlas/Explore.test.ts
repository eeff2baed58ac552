import * as Explore from "@edgeol/cli/atlas/Explore"
import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as Policy from "@edgeol/core/Policy"
import { joules, seconds } from "@edgeol/core/Units"
import { check } from "@edgeol/test"
import { expect, test } from "vitest"

const config = (seed: number) => ({ seed, stepsPerBatch: 8 })

test("keeps what every policy promises", () => {
  expect(check(Explore.make(config(1)))).toBeUndefined()
})

/** What it decides where 400 batches arrive and every round that it asks for runs at once, 8 steps a batch. */
const tried = (seed: number, more: Partial<Parameters<typeof Explore.make>[0]> = {}) => {
  const policy = Explore.make({ ...config(seed), ...more })
  const merged: Array<number> = []
  const depths: Array<number> = []
  let [state, waiting, stops, probes] = [policy.initial, 0, 0, 0]
  const observe = (observation: Observation): boolean => {
    const [next, decision] = policy.decide(state, observation)
    state = next
    if (Decision.has(decision, "Probe")) probes += 1
    for (const part of Decision.parts(decision)) {
      if (part._tag === "Freeze") depths.push(part.units.filter(Boolean).length)
      if (part._tag === "StopRound") stops += 1
    }
    return Decision.has(decision, "Train") || Decision.has(decision, "StopRound")
  }
  const at = seconds(0)
  observe({ _tag: "Started", at, units: 4 })
  for (let batch = 0; batch < 400; batch++) {
    waiting += 1
    if (!observe({ _tag: "BatchArrived", at, batch, samples: 16 })) continue
    merged.push(waiting)
    const round = merged.length
    observe({ _tag: "RoundStarted", at, round, batches: waiting, samples: 16 * waiting })
    for (let i = 0; i < 8 * waiting; i++) {
      if (observe({ _tag: "StepFinished", at, round, iteration: i, loss: 1 })) break
    }
    observe({ _tag: "RoundFinished", at, round, batches: waiting, iterations: 1, seconds: at, joules: joules(0) })
    waiting = 0
  }
  return { merged, depths, stops, probes }
}

test("merges few batches and many, freezes prefixes of every length, and stops some rounds", () => {
  const { merged, depths, stops, probes } = tried(1)
  expect(new Set(merged).size).toBeGreaterThan(5)
  expect([...new Set(depths)].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
  expect(stops / merged.length).toBeGreaterThan(0.05)
  expect(stops / merged.length).toBeLessThan(0.4)
  expect(probes).toBeGreaterThan(50)
})

test("equal seeds decide alike, others do not", () => {
  expect(tried(2)).toEqual(tried(2))
  expect(tried(2).merged).not.toEqual(tried(3).merged)
  expect(() => Explore.make({ seed: 1, stepsPerBatch: 0 })).toThrow(Policy.ConfigError)
})

test("keeps the need that it is given, and its first prefix, where nothing turns", () => {
  const { merged, depths } = tried(4, { need: 3, turns: 0 })
  expect(new Set(merged)).toEqual(new Set([3]))
  expect(depths).toHaveLength(1)
})
