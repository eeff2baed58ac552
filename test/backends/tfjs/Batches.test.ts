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

it("depends on the generator alone", () => {
  const plan = () => Batches.plan(33, 8, 3, Rng.named(5, "minibatches"))
  expect(plan()).toEqual(plan())
  expect(plan()[0]).not.toEqual(plan()[5])
})
