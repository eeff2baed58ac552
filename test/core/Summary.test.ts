import * as EdgeOL from "@edgeol/core/policies/EdgeOL"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as Ledger from "@edgeol/core/Ledger"
import * as Summary from "@edgeol/core/Summary"
import { anyScenario, envelope, World } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

test("of nothing there is nothing, and no mean", () => {
  const { seconds, ...rest } = Summary.summarise([])
  expect(seconds).toEqual({})
  expect(rest).toEqual({
    rounds: 0,
    iterations: 0,
    fineTuningSeconds: 0,
    joules: 0,
    accuracy: NaN,
    seenAccuracy: NaN,
    correct: NaN,
    requests: 0,
    latencySeconds: { p50: NaN, p99: NaN }
  })
})

test("agrees with the outline of the run, and with the policy's own observations", () => {
  let trained = 0
  const agrees = fc.property(anyScenario(), fc.constantFrom(Immediate.make(), EdgeOL.make()), (scenario, policy) => {
    const { tape } = World.run(policy, scenario)
    const [summary, outline] = [Summary.summarise(tape), envelope(tape)]
    expect(summary.rounds).toBe(outline.rounds)
    expect(summary.iterations).toBe(outline.iterations)
    expect(summary.joules).toBeCloseTo(outline.joules, 9)
    expect(summary.fineTuningSeconds).toBe(Ledger.total(summary.seconds, Ledger.fineTuning))
    if (summary.requests === 0) return
    expect(summary.latencySeconds.p99).toBeLessThanOrEqual(outline.latency * 1.002)
    expect(summary.accuracy).toBeGreaterThan(0)
    if (summary.rounds > 0) trained += 1
  })
  fc.assert(agrees)
  expect(trained).toBeGreaterThan(30)
})

test("quantiles are near values that occurred, nearest rank", () => {
  const served = (latency: number) => ({
    observation: { _tag: "RequestServed", at: latency, request: 0, arrivedAt: 0, energy: 0, confidence: 0 },
    decision: { _tag: "Wait" },
    costs: {},
    joules: { fineTuning: 0, all: 0 },
    score: { accuracy: 0.5, correct: latency <= 25 }
  })
  const tape = Array.from({ length: 100 }, (_, i) => served(100 - i)) as unknown as Parameters<
    typeof Summary.summarise
  >[0]
  const { latencySeconds, accuracy, correct } = Summary.summarise(tape)
  expect(latencySeconds.p50 / 50).toBeCloseTo(1, 2)
  expect(latencySeconds.p99 / 99).toBeCloseTo(1, 2)
  expect([accuracy, correct]).toEqual([0.5, 0.25])
})
