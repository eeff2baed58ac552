import { fc, test } from "@fast-check/vitest"
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import * as Domains from "@edgeol/streams/Domains"
import { expect } from "vitest"
import { bytes } from "./bytes.ts"

const shape = fc.constantFrom<Examples["shape"]>([6, 5, 3], [6, 5, 1])
const examples = shape.chain((shape) =>
  bytes(2 * shape[0] * shape[1] * shape[2]).map((inputs) => ({ count: 2, shape, inputs, labels: Int32Array.of(0, 1) }))
)
const rngOf = (i: number) => Rng.named(1, `image/${i}`)
const mean = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length

test.prop([examples, fc.constantFrom(...Domains.domains, ...Domains.poses)])(
  "keep labels and inputs, and repeat",
  (examples, domain) => {
    const before = examples.inputs.slice()
    const once = Domains.applyAll(domain, examples, rngOf)
    expect(examples.inputs).toEqual(before)
    expect(once.labels).toEqual(examples.labels)
    expect(once.inputs).toEqual(Domains.applyAll(domain, examples, rngOf).inputs)
    if (domain === "clear") expect(once.inputs).toEqual(before)
  }
)

test("dark darkens, fog lightens and flattens, a cast parts the channels, blur smooths", () => {
  const inputs = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (Math.floor(i / 3) % 2 === 0 ? 60 : 180))
  const board = { count: 1, shape: [32, 32, 3] as const, inputs, labels: Int32Array.of(0) }
  const seen = (domain: Domains.Domain) => Domains.applyAll(domain, board, rngOf).inputs
  const channel = (values: Uint8Array, c: number) => values.filter((_, i) => i % 3 === c)
  const range = (values: Uint8Array) => Math.max(...values) - Math.min(...values)
  expect(mean(seen("dark"))).toBeLessThan(60)
  expect(mean(seen("fog"))).toBeGreaterThan(130)
  expect(range(seen("fog"))).toBeLessThan(110)
  const means = [0, 1, 2].map((c) => mean(channel(seen("cast"), c)))
  expect(Math.max(...means) - Math.min(...means)).toBeGreaterThan(40)
  expect(mean(seen("blur"))).toBeCloseTo(120, -1)
})

test("noise has the deviation asked for", () => {
  const pixels = new Float32Array(32 * 32 * 3)
  Domains.noise(pixels, 5, rngOf(0))
  const square = pixels.reduce((sum, value) => sum + value * value, 0) / pixels.length
  expect(Math.sqrt(square)).toBeGreaterThan(4.7)
  expect(Math.sqrt(square)).toBeLessThan(5.3)
})

const squares = fc.integer({ min: 2, max: 7 }).chain((side) =>
  bytes(side * side * 3).map((inputs) => ({
    count: 1,
    shape: [side, side, 3] as const,
    inputs,
    labels: Int32Array.of(0)
  }))
)

test.prop([squares])("turning by a right angle moves every pixel, inverting twice none", (square) => {
  const [side] = square.shape
  const quarter = (one: Examples) => Domains.applyAll("turned 90", one, rngOf)
  const once = quarter(square).inputs
  // What was in the top right corner is in the top left one.
  expect([...once.subarray(0, 3)]).toEqual([...square.inputs.subarray((side - 1) * 3, side * 3)])
  expect(once.toSorted()).toEqual(square.inputs.toSorted())
  expect(quarter(quarter(quarter(quarter(square)))).inputs).toEqual(square.inputs)
  const inverted = Domains.applyAll("inverted", square, rngOf)
  expect(inverted.inputs).toEqual(square.inputs.map((byte) => 255 - byte))
  expect(Domains.applyAll("inverted", inverted, rngOf).inputs).toEqual(square.inputs)
})

test("turning by less keeps the middle, blends neighbours and loses corners", () => {
  const white = { count: 1, shape: [9, 9, 1] as const, inputs: new Uint8Array(81).fill(200), labels: Int32Array.of(0) }
  for (const domain of ["turned 30", "turned 60"] as const) {
    const { inputs } = Domains.applyAll(domain, white, rngOf)
    expect(inputs[40]).toBe(200)
    expect(inputs[0]).toBe(0)
    expect(inputs.some((byte) => byte > 0 && byte < 200)).toBe(true)
  }
})
