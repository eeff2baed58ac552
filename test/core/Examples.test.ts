import * as Examples from "@edgeol/core/Examples"
import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"

const examples = fc.array(fc.integer({ min: Examples.unknown, max: 3 }), { maxLength: 12 }).map((labels) => ({
  count: labels.length,
  shape: [1, 1, 2] as const,
  inputs: Uint8Array.from(labels.flatMap((_, i) => [i, 100 + i])),
  labels: Int32Array.from(labels)
}))

test.prop([examples])("keeps those with a label, in order, and the object itself where all have one", (all) => {
  const kept = Examples.labelled(all)
  const places = [...all.labels.keys()].filter((i) => all.labels[i] !== Examples.unknown)
  expect([...kept.labels]).toEqual(places.map((i) => all.labels[i]))
  expect([...kept.inputs]).toEqual(places.flatMap((i) => [i, 100 + i]))
  expect(kept.count).toBe(places.length)
  expect(kept === all).toBe(places.length === all.count)
  const others = Examples.unlabelled(all)
  expect(others.count).toBe(all.count - places.length)
  expect(new Set([...kept.inputs, ...others.inputs])).toEqual(new Set(all.inputs))
})
