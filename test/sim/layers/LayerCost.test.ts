import * as LayerCost from "@edgeol/sim/layers/LayerCost"
import * as Work from "@edgeol/sim/layers/Work"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { network, observe, other, truth } from "./machines.ts"

const fitted = LayerCost.fit(network, observe(0.03, 1))
const setting = fc.record({
  batch: fc.integer({ min: 1, max: 64 }),
  depth: fc.integer({ min: 0, max: 4 }),
  threads: fc.integer({ min: 1, max: 2 })
})
const seconds = (cost: LayerCost.LayerCost, at: LayerCost.Setting) =>
  LayerCost.sum(LayerCost.seconds(cost, network, at))

describe.each([
  ["a known machine", truth],
  ["a fitted one", fitted]
])("%s", (_, cost) => {
  test("takes longer for more samples, and never longer with more units frozen", () => {
    fc.assert(
      fc.property(setting, (at) => {
        expect(seconds(cost, { ...at, batch: at.batch + 1 })).toBeGreaterThan(seconds(cost, at))
        if (at.depth < 4) expect(seconds(cost, { ...at, depth: at.depth + 1 })).toBeLessThanOrEqual(seconds(cost, at))
      })
    )
  })

  test("takes the sum of what its layers take", () => {
    fc.assert(
      fc.property(setting, (at) => {
        const parts = LayerCost.shares(cost, network, at)
        const whole = LayerCost.seconds(cost, network, at)
        for (const pass of Work.passes) {
          const sum = parts.reduce((total, part) => total + part[pass], 0)
          expect(Math.abs(sum / whole[pass] - 1)).toBeLessThan(1e-9)
        }
        expect(parts.length).toBe(network.layers.length + 1)
      })
    )
  })
})

test("finds a machine again from noisy timings, and its intervals hold", () => {
  const held = LayerCost.judge(network, observe(0.03, 2))!
  expect(held.cells).toBe(70)
  expect(held.median).toBeLessThan(0.03)
  expect(held.p90).toBeLessThan(0.08)
  expect(Math.abs(held.bias)).toBeLessThan(0.02)
  expect(held.coverage90).toBeGreaterThan(0.8)
  const exact = LayerCost.fit(network, observe(0, 1))
  for (const at of observe(0, 1)) expect(Math.abs(seconds(exact, at) / seconds(truth, at) - 1)).toBeLessThan(0.01)
})

test("is not moved by a few timings that something disturbed", () => {
  const disturbed = observe(0.01, 3).map((seen, i) => (i % 11 === 5 ? { ...seen, backward: 4 * seen.backward } : seen))
  const cost = LayerCost.fit(network, disturbed)
  const errors = observe(0, 1).map((at) => Math.abs(seconds(cost, at) / seconds(truth, at) - 1))
  expect(Math.max(...errors)).toBeLessThan(0.25)
  expect(errors.toSorted((a, b) => a - b)[35]).toBeLessThan(0.03)
})

test("says what lies outside of what was timed", () => {
  const inside = LayerCost.predict(fitted, network, { batch: 16, depth: 2, threads: 2 })
  expect(inside.outside).toEqual([])
  expect(inside.low).toBeLessThan(inside.value)
  expect(inside.high).toBeGreaterThan(inside.value)
  const far = LayerCost.predict(fitted, other, { batch: 65, depth: 6, threads: 4 })
  expect(far.outside.length).toBe(4)
  expect(far.outside.slice(1)).toEqual([
    "batch 65 is outside 1 to 64",
    "depth 6 is outside 0 to 4",
    "threads 4 is outside 1 to 2"
  ])
})
