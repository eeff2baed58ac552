/** LastK, LinearFreezing and PipeTransformer: baselines that freeze by a schedule. */
import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as LastK from "@edgeol/core/policies/LastK"
import * as LinearFreezing from "@edgeol/core/policies/LinearFreezing"
import * as PipeTransformer from "@edgeol/core/policies/PipeTransformer"
import * as StaticPrefix from "@edgeol/core/policies/StaticPrefix"
import * as Policy from "@edgeol/core/Policy"
import { seconds } from "@edgeol/core/Units"
import { anyConfig, anyHistory } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

const at = seconds(0)
const started = (units: number): Observation => ({ _tag: "Started", at, units })
const step: Observation = { _tag: "StepFinished", at, round: 1, iteration: 1, loss: 1 }
const changed: Observation = { _tag: "ScenarioChanged", at, source: "detector" }
const steps = (count: number) => Array.from({ length: count }, () => step)

/** Units frozen after each observation. */
const depths = (policy: Policy.Policy, history: ReadonlyArray<Observation>): ReadonlyArray<number> => {
  let depth = 0
  return Policy.decisions(policy, history).map((decision) => {
    if (decision._tag === "Freeze") depth = decision.units.filter(Boolean).length
    return depth
  })
}
const depthAfter = (policy: Policy.Policy, units: number, count: number) =>
  depths(policy, [started(units), ...steps(count)]).at(-1)

test("last-k is the prefix counted from the other end", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (units, k) => {
      const [last] = Policy.decisions(LastK.make({ units: k }), [started(units)])
      expect(last).toEqual(
        k < units
          ? Policy.decisions(StaticPrefix.make({ units: units - k }), [started(units)])[0]
          : Decision.freeze(Array.from({ length: units }, () => false))
      )
    })
  )
})

test("linear freezing follows Composer's formula: nothing up to the start, all but the head at the end", () => {
  const composer = LinearFreezing.make({ steps: 100 })
  // floor(11 * (u - 0.5) / 0.5) of 12 units
  expect([50, 54, 55, 75, 99, 100, 130].map((count) => depthAfter(composer, 12, count))).toEqual([
    0, 0, 1, 5, 10, 11, 11
  ])
  const half = LinearFreezing.make({ steps: 100, start: 0, level: 0.5 })
  expect([0, 50, 100].map((count) => depthAfter(half, 12, count))).toEqual([0, 2, 5])
  expect(depthAfter(LinearFreezing.make({ start: 1 }), 12, 200)).toBe(0)
})

test("PipeTransformer freezes 6, 9, 11 and 12 of 12 layers with a share of a half, 4 and 7 with a third", () => {
  const ends = (share: number, epochs: ReadonlyArray<number>) =>
    epochs.map((epoch) => depthAfter(PipeTransformer.make({ share, steps: 5 }), 13, 5 * epoch))
  expect(ends(0.5, [0, 1, 2, 3, 4, 9])).toEqual([0, 6, 9, 11, 12, 12])
  expect(ends(1 / 3, [1, 2])).toEqual([4, 7])
  expect(depthAfter(PipeTransformer.make({ share: 0.5, steps: 5 }), 13, 4)).toBe(0)
})

test("a schedule only deepens until a change, which begins it again; the head never freezes", () => {
  let [deepened, begun] = [0, 0]
  const anySchedule = fc.oneof(
    anyConfig["linear"]!.map((config) => LinearFreezing.make({ start: 0, ...config })),
    anyConfig["pipe-transformer"]!.map((config) => PipeTransformer.make(config))
  )
  const anyTraining = fc
    .array(fc.oneof({ weight: 9, arbitrary: fc.constant(step) }, { weight: 1, arbitrary: fc.constant(changed) }), {
      maxLength: 60,
      size: "max"
    })
    .chain((history) => fc.integer({ min: 1, max: 6 }).map((units) => [started(units), ...history]))
  const monotone = fc.property(anySchedule, fc.oneof(anyTraining, anyHistory()), (policy, history) => {
    const made = depths(policy, history)
    const units = history[0]?._tag === "Started" ? history[0].units : 0
    made.forEach((depth, i) => {
      expect(depth).toBeLessThan(units)
      if (history[i]!._tag !== "ScenarioChanged") expect(depth).toBeGreaterThanOrEqual(made[i - 1] ?? 0)
      else if ((made[i - 1] ?? 0) > depth) begun += 1
      if (depth > (made[i - 1] ?? 0)) deepened += 1
    })
    expect(Policy.decisions(policy, history).some((decision) => Decision.has(decision, "Train"))).toBe(false)
  })
  fc.assert(monotone, { numRuns: 300 })
  expect(deepened).toBeGreaterThan(100)
  expect(begun).toBeGreaterThan(50)
})
