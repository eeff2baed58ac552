import * as Exact from "@edgeol/core/Exact"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"

/** Distance to the next larger double. */
const ulp = (x: number): number => {
  const cell = new DataView(new ArrayBuffer(8))
  cell.setFloat64(0, Math.abs(x))
  cell.setBigUint64(0, cell.getBigUint64(0) + 1n)
  return cell.getFloat64(0) - Math.abs(x)
}

const close = (x: number) => Math.abs(Exact.log(x) - Math.log(x)) <= ulp(Math.log(x))

test("log is within one unit in the last place of Math.log", () => {
  const positive = fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true })
  const fraction = fc.integer({ min: 1, max: 2 ** 31 }).map((n) => n / 2 ** 30)
  fc.assert(fc.property(fc.oneof(positive, fraction), close), { numRuns: 50_000 })
})

test("log is exact where the answer is", () => {
  expect(Exact.log(1)).toBe(0)
  expect([0, -0, -1, NaN, Infinity].map(Exact.log)).toEqual([-Infinity, -Infinity, NaN, NaN, Infinity])
  expect(close(5e-324) && close(Number.MAX_VALUE) && close(Math.SQRT1_2) && close(Math.SQRT2)).toBe(true)
})

const any = fc.double({ noNaN: true, noDefaultInfinity: true })
const moderate = fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((n) => n / 2 ** 22)

test("exp is within one unit in the last place of Math.exp", () => {
  let [small, large] = [0, 0]
  const within = (x: number) => {
    const [own, theirs] = [Exact.exp(x), Math.exp(x)]
    small += theirs > 0 && theirs < 2 ** -1022 ? 1 : 0
    large += theirs > 2 ** 1000 ? 1 : 0
    return own === theirs || Math.abs(own - theirs) <= ulp(Math.min(own, theirs))
  }
  const edges = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 20 }).map((n) => -745.2 + (37 * n) / 2 ** 20),
    fc.integer({ min: 0, max: 2 ** 20 }).map((n) => 709.79 - n / 2 ** 14)
  )
  fc.assert(fc.property(fc.oneof(any, moderate, edges), within), { numRuns: 100_000 })
  expect(small).toBeGreaterThan(1000)
  expect(large).toBeGreaterThan(1000)
})

test("exp is exact where the answer is", () => {
  expect([0, -0, -Infinity, Infinity, NaN, 710, -746].map(Exact.exp)).toEqual([1, 1, 0, Infinity, NaN, Infinity, 0])
  expect(Exact.exp(709.782712893384)).toBe(Math.exp(709.782712893384))
  expect(Exact.exp(-745.13)).toBe(5e-324)
})

test("a power of two is one", () => {
  for (let k = -1080; k <= 1030; k++) expect(Exact.powerOfTwo(k)).toBe(2 ** k)
})

// Frozen on x64, not known from elsewhere: the same bits are expected of every machine.
test("log of a million numbers has the bits it always had", () => {
  const bits = Float64Array.from({ length: 1_000_000 }, (_, i) => Exact.log((i + 1) / 4096))
  const hash = createHash("sha256").update(new Uint8Array(bits.buffer)).digest("hex")
  expect(hash).toBe("f8a4be430d73e446eaa6e4f186b5c56210c88549e50d6509555a6e493db64486")
})

test("exp of a million numbers has the bits it always had", () => {
  const bits = Float64Array.from({ length: 1_000_000 }, (_, i) => Exact.exp((i - 500_000) / 4096))
  const hash = createHash("sha256").update(new Uint8Array(bits.buffer)).digest("hex")
  expect(hash).toBe("e2c7d8bbd2556143a18151499958791f71d50726ad2a19e28978d11b2985a4aa")
})

/** Exact by IEEE 754 or on integers, or no arithmetic at all. */
const exact = /^(abs|ceil|clz32|E|floor|fround|imul|LN2|LOG2E|max|min|PI|random|round|sign|sqrt|SQRT1_2|SQRT2|trunc)$/

test("core calculates with nothing else: neither the other functions of Math, nor powers", () => {
  const folder = join(import.meta.dirname, "../../packages/core/src")
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))
  expect(files.length).toBeGreaterThan(40)
  const inexact = files.flatMap((file) => {
    const code = readFileSync(join(folder, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
    const called = [...code.matchAll(/\bMath\b(?:\.(\w+))?/g)].map(([, name = "as a value"]) => name)
    const found = [
      ...called.filter((name) => !exact.test(name)).map((name) => `Math.${name}`),
      ...(code.match(/\*\*=?/g) ?? [])
    ]
    return found.map((what) => `${file}: ${what}`)
  })
  expect(inexact).toEqual([])
})
