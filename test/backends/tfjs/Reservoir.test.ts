import type * as Examples from "@edgeol/core/Examples"
import * as Reservoir from "@edgeol/backends/tfjs/Reservoir"
import fc from "fast-check"
import { expect, test } from "vitest"

/** An image is one byte: its number. */
const batch = (labels: ReadonlyArray<number>, from: number): Examples.Examples => ({
  count: labels.length,
  shape: [1, 1, 1],
  inputs: Uint8Array.from(labels, (_, i) => from + i),
  labels: Int32Array.from(labels)
})

const anyBatches = fc.array(fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 12
})

test("keeps the newest of each class, in order, no class more than its share, and no more than fit", () => {
  const keeps = fc.property(anyBatches, fc.integer({ min: 5, max: 20 }), (batches, capacity) => {
    let reservoir = Reservoir.make(capacity, [1, 1, 1])
    const all: Array<number> = []
    for (const labels of batches) {
      reservoir = Reservoir.add(reservoir, batch(labels, all.length))
      all.push(...labels)
    }
    const { kept } = reservoir
    const share = Math.floor(capacity / new Set(all).size)
    expect(kept.count).toBeLessThanOrEqual(capacity)
    expect([...kept.inputs]).toEqual([...kept.inputs].toSorted((a, b) => a - b))
    for (const label of new Set(all)) {
      const own = all.flatMap((of, i) => (of === label ? [i] : []))
      const found = [...kept.inputs].filter((_, i) => kept.labels[i] === label)
      expect(found).toEqual(own.slice(-found.length))
      expect(found.length).toBeGreaterThanOrEqual(Math.min(own.length, share))
    }
  })
  fc.assert(keeps)
})
