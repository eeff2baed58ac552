import { expect, it } from "@effect/vitest"
import * as Batches from "@edgeol/backends/tfjs/Batches"
import * as Rng from "@edgeol/core/Rng"
import * as fc from "fast-check"

it("shows every example once an epoch, in batches that differ by at most one", () => {
  fc.assert(
    fc.property(fc.nat(70), fc.integer({ min: 1, max: 20 }), fc.nat(3), fc.integer(), (count, size, epochs, seed) => {
      const plan = Batches.plan(count, size, epochs, Rng.named(seed, "minibatches"))
      const perEpoch = Math.ceil(count / size)
      expect(plan.length).toBe(epochs * perEpoch)
      for (let epoch = 0; epoch < epochs; epoch++) {
        const batches = plan.slice(epoch * perEpoch, (epoch + 1) * perEpoch)
        const sizes = batches.map((batch) => batch.length)
        expect(batches.flatMap((batch) => [...batch]).toSorted((a, b) => a - b)).toEqual([...Array(count).keys()])
        if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        for (const one of sizes) expect(one).toBeLessThanOrEqual(size)
      }
    })
  )
})

it("mixes stored examples in, none of them twice in a minibatch", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(20), fc.nat(9), (count, stored, each) => {
      const rng = Rng.named(1, "minibatches")
      const plan = Batches.plan(count, 8, 2, rng)
      const mixed = Batches.mixed(plan, count, stored, each, rng)
      mixed.forEach((batch, i) => {
        const own = plan[i]!.length
        expect(batch.slice(0, own)).toEqual(plan[i])
        const more = batch.slice(own)
        expect(more).toHaveLength(Math.min(each, stored))
        expect(new Set(more).size).toBe(more.length)
        for (const position of more) expect(position - count).toBeLessThan(stored)
        for (const position of more) expect(position).toBeGreaterThanOrEqual(count)
      })
    })
  )
})

it("depends on the generator alone", () => {
  const plan = () => Batches.plan(33, 8, 3, Rng.named(5, "minibatches"))
  expect(plan()).toEqual(plan())
  expect(plan()[0]).not.toEqual(plan()[5])
})
