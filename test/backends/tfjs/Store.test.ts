import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Store from "@edgeol/backends/tfjs/Store"
import * as Examples from "@edgeol/core/Examples"
import type { Recipe } from "@edgeol/core/Recipe"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const shape = [1, 1, 1] as const

/** An image is one byte: its number. */
const batch = (from: number, count: number): Examples.Examples => ({
  count,
  shape,
  inputs: Uint8Array.from({ length: count }, (_, i) => from + i),
  labels: Int32Array.from({ length: count }, (_, i) => (from + i) % 3)
})

const fill = (recipe: Recipe, seed: number, sizes: ReadonlyArray<number>) => {
  let store = Store.open(recipe, seed, Examples.empty(shape))
  for (const size of sizes) store = Store.add(store, batch(store.met, size))
  return store
}

const anySizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 12 })
const anyKind = fc.constantFrom("balanced" as const, "uniform" as const)

test("holds as much as fits of what it met, once, with its own labels", () => {
  const holds = fc.property(anyKind, fc.integer({ min: 3, max: 20 }), anySizes, (kind, capacity, sizes) => {
    const { kept, met } = fill({ store: kind, capacity }, 1, sizes)
    expect(met).toBe(sizes.reduce((sum, size) => sum + size, 0))
    expect(kept.count).toBeLessThanOrEqual(Math.min(met, capacity))
    if (kind === "uniform") expect(kept.count).toBe(Math.min(met, capacity))
    expect(new Set(kept.inputs).size).toBe(kept.count)
    kept.inputs.forEach((number, i) => expect(kept.labels[i]).toBe(number % 3))
    expect(Store.bytes({ ...fill({ capacity }, 1, sizes), kept })).toBe(5 * kept.count)
  })
  fc.assert(holds)
})

test("a uniform store keeps each sample equally often, however they came", () => {
  const [seeds, met, capacity] = [2000, 30, 6]
  for (const sizes of [[30], [1, 4, 10, 15]]) {
    const times = new Float64Array(met)
    for (let seed = 0; seed < seeds; seed++) {
      for (const number of fill({ store: "uniform", capacity }, seed, sizes).kept.inputs) times[number]! += 1
    }
    // A count is binomial with mean 400 and deviation 18: five deviations.
    for (const count of times) expect(Math.abs(count - (seeds * capacity) / met)).toBeLessThan(90)
  }
})

test("another capacity or kind begins with what was kept", () => {
  const store = fill({ store: "uniform", capacity: 20 }, 1, [20, 20])
  expect(Store.fitted(store, { store: "uniform", capacity: 20 })).toBe(store)
  const smaller = Store.fitted(store, { store: "balanced", capacity: 6 })
  expect(smaller.kept.count).toBe(6)
  for (const number of smaller.kept.inputs) expect(store.kept.inputs).toContain(number)
  expect(smaller.met).toBe(40)
})

describe("beside a checkpoint", () => {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-store-"))
  const store = fill({ store: "uniform", capacity: 7 }, 9, [5, 9])

  test("it comes back as it was, and goes on alike", () => {
    Store.save(folder, "checkpoint-000001.safetensors", store)
    const back = Store.restore(folder, "checkpoint-000001.safetensors", shape)!
    expect(back).toEqual(store)
    expect(Store.add(back, batch(14, 8))).toEqual(Store.add(store, batch(14, 8)))
    expect(Store.restore(folder, "checkpoint-000002.safetensors", shape)).toBeUndefined()
  })

  test("one that is damaged is refused in one sentence", () => {
    const path = join(folder, "checkpoint-000001.replay.safetensors")
    writeFileSync(path, readFileSync(path).subarray(0, 40))
    expect(() => Store.restore(folder, "checkpoint-000001.safetensors", shape)).toThrow(
      /^The samples .*checkpoint-000001\.replay\.safetensors are damaged or missing .*: restore an older checkpoint\.$/
    )
  })
})
