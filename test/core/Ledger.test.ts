import * as Ledger from "@edgeol/core/Ledger"
import fc from "fast-check"
import { expect, test } from "vitest"

/** Whole numbers add up exactly. */
const anyCosts = () =>
  fc
    .array(fc.tuple(fc.constantFrom(...Ledger.activities), fc.integer({ min: 0, max: 1000 })), { maxLength: 20 })
    .map((costs) => costs.map(([activity, spent]) => Ledger.cost(activity, spent)))

const sum = (costs: ReadonlyArray<Ledger.Cost>) => costs.reduce((all, { seconds }) => all + seconds, 0)

test("a ledger adds up to its costs, by activity and in all", () => {
  const adds = fc.property(anyCosts(), (costs) => {
    const ledger = Ledger.add(Ledger.empty, costs)
    expect(Ledger.total(ledger)).toBe(sum(costs))
    for (const activity of Ledger.activities) {
      expect(Ledger.total(ledger, [activity])).toBe(sum(costs.filter((cost) => cost.activity === activity)))
    }
  })
  fc.assert(adds)
})

test("merging is adding one after the other, in any order", () => {
  const merges = fc.property(anyCosts(), anyCosts(), (first, second) => {
    const [a, b] = [Ledger.add(Ledger.empty, first), Ledger.add(Ledger.empty, second)]
    expect(Ledger.merge(a, b)).toEqual(Ledger.add(Ledger.empty, [...first, ...second]))
    expect(Ledger.merge(a, b)).toEqual(Ledger.merge(b, a))
    expect(Ledger.merge(a, Ledger.empty)).toEqual(a)
  })
  fc.assert(merges)
})

test("adding leaves the ledger it started from alone", () => {
  const ledger = Object.freeze(Ledger.add(Ledger.empty, [Ledger.cost("idle", 1)]))
  expect(Ledger.add(ledger, [Ledger.cost("idle", 2)])).toEqual({ idle: 3 })
  expect(ledger).toEqual({ idle: 1 })
})

test("fine-tuning is billed for all but inference, overhead, metering and idling", () => {
  const apart = Ledger.activities.filter((activity) => !Ledger.fineTuning.includes(activity))
  expect(apart).toEqual(["inference", "overhead", "meter", "idle"])
})
