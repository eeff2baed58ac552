/** A store that was cut off or damaged anywhere has just the rows that are whole, and goes on. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Store from "@edgeol/cli/sweep/Store"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"

const home = mkdtempSync(join(tmpdir(), "edgeol-store-"))
afterAll(() => rmSync(home, { recursive: true }))

let made = 0
const fresh = () => join(home, `${made++}`)
const path = (folder: string) => join(folder, "trials.ndjson")

const rows = (from: number, count: number): ReadonlyArray<Store.Kept> =>
  Array.from({ length: count }, (_, i) => ({
    key: `${from + i}`,
    row: { accuracy: (from + i) / 7, nothing: null, "names, ü": `${"x".repeat((from + i) % 5)}"\n` }
  }))

const using = <A>(folder: string, use: (store: Store.Store) => A): A => {
  const store = Store.open(folder)
  try {
    return use(store)
  } finally {
    store.close()
  }
}

/** Those of the first rows that are there, each as it was written. */
const found = (folder: string, count: number): ReadonlyArray<number> =>
  using(folder, (store) => {
    const kept = rows(0, count).flatMap(({ key, row }, i) => {
      if (!store.has(key)) return []
      expect(store.get(key)).toEqual(row)
      return [i]
    })
    expect(store.size()).toBe(kept.length)
    return kept
  })

const bundles = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 })

const written = (folder: string, sizes: ReadonlyArray<number>) => {
  let count = 0
  for (const size of sizes) using(folder, (store) => store.add(rows((count += size) - size, size)))
  return { count, bytes: readFileSync(path(folder)) }
}

/** How many lines end before a byte. */
const linesBefore = (bytes: Buffer, at: number) => bytes.subarray(0, at).filter((byte) => byte === 10).length

test("cut off at any byte, it has all rows before it, and takes the others again", () => {
  let torn = 0
  const law = fc.property(bundles, fc.nat(1_000_000), (sizes, place) => {
    const folder = fresh()
    const { count, bytes } = written(folder, sizes)
    const at = place % (bytes.length + 1)
    truncateSync(path(folder), at)
    const kept = linesBefore(bytes, at)
    expect(found(folder, count)).toHaveLength(kept)
    if (bytes[at - 1] !== 10) torn += 1
    using(folder, (store) => store.add(rows(kept, count - kept)))
    expect(readFileSync(path(folder))).toEqual(bytes)
  })
  fc.assert(law, { numRuns: 100 })
  expect(torn).toBeGreaterThan(30)
})

test("a changed byte loses one row or two, and never makes a wrong one", () => {
  const law = fc.property(bundles, fc.nat(1_000_000), fc.integer({ min: 1, max: 255 }), (sizes, place, change) => {
    const folder = fresh()
    const { count, bytes } = written(folder, sizes)
    const at = place % bytes.length
    bytes[at]! ^= change
    writeFileSync(path(folder), bytes)
    const kept = found(folder, count)
    expect(kept.length).toBeGreaterThanOrEqual(count - 2)
    expect(kept.length).toBeLessThan(count)
    const missing = rows(0, count).filter((_, i) => !kept.includes(i))
    using(folder, (store) => store.add(missing))
    expect(found(folder, count)).toHaveLength(count)
  })
  fc.assert(law, { numRuns: 100 })
})

test("what another program appended without a line end is cut off", () => {
  const folder = fresh()
  const { count, bytes } = written(folder, [3])
  appendFileSync(path(folder), '{"key":"9"')
  expect(found(folder, count)).toHaveLength(3)
  expect(readFileSync(path(folder))).toEqual(bytes)
})
