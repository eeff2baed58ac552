/** Whatever is learnt, and whenever rounds come, a policy costs no less and no more than its bounds say. */
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Bounds from "@edgeol/cli/replay/Bounds"
import * as Model from "@edgeol/cli/replay/Model"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import * as Untold from "@edgeol/sim/replay/Untold"
import { Effect } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"
import * as Recorded from "./Recorded.ts"

const surrogate = Effect.runSync(Atlas.of("patterns/nic@1"))

const modelOf = (policy: string, seed: number, slow: number) =>
  Effect.runSync(Model.make(Recorded.tape(surrogate, policy, seed, slow), "../shared/data"))

const spent = (model: Model.Model, policy: Policy, mood: Untold.Mood) => {
  const { device, seed } = Model.luck(model, 0)
  return Model.run({ ...model, learnt: undefined }, policy, { device, seed }, mood)
}

test("a policy of rounds and a fast head is between none and one for each batch", () => {
  const model = modelOf("immediate", 700, 1)
  const between = new Set<number>()
  const names = fc.oneof(
    fc.integer({ min: 0, max: 400 }).map((price) => `breakEven:${price}`),
    fc.integer({ min: 1, max: 30 }).map((every) => `periodic:${every}+head`)
  )
  fc.assert(
    fc.property(names, fc.constantFrom(...Untold.moods), (name, mood) => {
      const policy = Policies.parse(name)
      const bounds = Bounds.of(model, policy, 1)!
      const { summary } = spent(model, policy, mood)
      expect(summary.fineTuningSeconds).toBeGreaterThanOrEqual(bounds.seconds[0] - 1e-9)
      expect(summary.fineTuningSeconds).toBeLessThanOrEqual(bounds.seconds[1] + 1e-9)
      expect(summary.joules).toBeGreaterThanOrEqual(bounds.joules[0] - 1e-9)
      expect(summary.joules).toBeLessThanOrEqual(bounds.joules[1] + 1e-9)
      between.add(summary.rounds)
    }),
    { numRuns: 60 }
  )
  expect(between.size).toBeGreaterThan(5)
})

test("of a policy that asks for more there are none", () => {
  const model = modelOf("immediate", 700, 1)
  expect(Bounds.of(model, Policies.parse("edgeol"), 1)).toBeUndefined()
  expect(Bounds.of(model, Policies.parse("breakEven:8,depths=3"), 1)).toBeUndefined()
})
