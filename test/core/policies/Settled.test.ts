import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as Settled from "@edgeol/core/policies/Settled"
import * as Policy from "@edgeol/core/Policy"
import { seconds } from "@edgeol/core/Units"
import { expect, test } from "vitest"

const round = (losses: ReadonlyArray<number>): ReadonlyArray<Observation> => [
  { _tag: "RoundStarted", at: seconds(0), round: 1, batches: 1, samples: 16 },
  ...losses.map((loss, i) => ({ _tag: "StepFinished", at: seconds(i), round: 1, iteration: i + 1, loss }) as const)
]

/** The first step after which a round is asked to stop; 0: none. */
const stops = (config: typeof Settled.Config.Encoded, losses: ReadonlyArray<number>) =>
  Math.max(
    0,
    Policy.decisions(Settled.make(config), round(losses)).findIndex((decision) => Decision.has(decision, "StopRound"))
  )

const falling = Array.from({ length: 40 }, (_, i) => 2 * 0.8 ** i)

test("ends a round whose smoothed loss is low enough, not before its least steps", () => {
  const smoothed = (steps: number) => falling.slice(1, steps).reduce((m, loss) => m + 0.3 * (loss - m), falling[0]!)
  const step = stops({ loss: 0.5 }, falling)
  expect(step).toBeGreaterThan(4)
  expect(smoothed(step)).toBeLessThanOrEqual(0.5)
  expect(smoothed(step - 1)).toBeGreaterThan(0.5)
  expect(stops({ loss: 100, least: 7 }, falling)).toBe(7)
})

test("ends a round whose loss has stopped falling, and no other", () => {
  expect(stops({ loss: 0, patience: 5, smoothing: 1 }, [3, 2, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(8)
  expect(stops({ loss: 0, patience: 5 }, falling)).toBe(0)
})

test("begins anew with each round, and a loss that is no number counts for nothing", () => {
  const policy = Settled.make({ loss: 0.5, least: 1 })
  const decisions = Policy.decisions(policy, [...round([0.1]), ...round([2, NaN, 2])])
  expect(decisions.map(({ _tag }) => _tag)).toEqual(["Wait", "StopRound", "Wait", "Wait", "Wait", "Wait"])
})
