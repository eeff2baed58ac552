/** Never, Immediate, Periodic and StaticPrefix: rules of one line. */
import * as Decision from "@edgeol/core/Decision"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as Never from "@edgeol/core/policies/Never"
import * as Periodic from "@edgeol/core/policies/Periodic"
import * as StaticPrefix from "@edgeol/core/policies/StaticPrefix"
import * as Policy from "@edgeol/core/Policy"
import { anyHistory, anyScenario, envelope, World } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

test("never asks for nothing", () => {
  fc.assert(
    fc.property(anyHistory(), (history) => Policy.decisions(Never.make(), history).every(({ _tag }) => _tag === "Wait"))
  )
})

test("immediate asks at every batch, periodic at every k-th", () => {
  const counts = fc.property(anyHistory(), fc.integer({ min: 1, max: 5 }), (history, every) => {
    const asks = (policy: Policy.Policy) =>
      Policy.decisions(policy, history).filter((decision) => Decision.has(decision, "Train")).length
    const batches = history.filter(({ _tag }) => _tag === "BatchArrived").length
    expect(asks(Immediate.make())).toBe(batches)
    expect(asks(Periodic.make({ every }))).toBe(Math.floor(batches / every))
    expect(Policy.decisions(Periodic.make({ every: 1 }), history)).toEqual(Policy.decisions(Immediate.make(), history))
  })
  fc.assert(counts)
})

test("periodic makes no more rounds than immediate", () => {
  let fewer = 0
  const less = fc.property(anyScenario(), fc.integer({ min: 2, max: 5 }), (scenario, every) => {
    const rounds = (policy: Policy.Policy) => envelope(World.run(policy, scenario).tape).rounds
    const [merged, immediate] = [rounds(Periodic.make({ every })), rounds(Immediate.make())]
    expect(merged).toBeLessThanOrEqual(immediate)
    if (merged < immediate) fewer += 1
  })
  fc.assert(less)
  expect(fewer).toBeGreaterThan(20)
})

test("a static prefix is frozen once, at the start", () => {
  const once = fc.property(anyHistory(), fc.integer({ min: 1, max: 8 }), (history, units) => {
    const [first, ...rest] = Policy.decisions(StaticPrefix.make({ units }), history)
    const all = history[0]?._tag === "Started" ? history[0].units : 0
    expect(first).toEqual(Decision.freeze(Array.from({ length: all }, (_, unit) => unit < units)))
    expect(rest.every(({ _tag }) => _tag === "Wait")).toBe(true)
  })
  fc.assert(once)
})
