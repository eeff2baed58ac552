import * as Augment from "@edgeol/backends/tfjs/selfSupervised/Augment"
import { type Examples, unknown } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"

/** Noise, or the same number everywhere. */
const examples = (shape: Examples["shape"], count: number, flat?: number): Examples => {
  const rng = Rng.named(1, "examples")
  const inputs = new Uint8Array(count * shape[0] * shape[1] * shape[2]).map(() => flat ?? rng.below(256))
  return { count, shape, inputs, labels: Int32Array.from({ length: count }, (_, i) => i % 3) }
}

const view = (of: Examples, seed: number, positions = [...of.labels.keys()]) =>
  Augment.view(of, positions, Rng.named(seed, "views"))

const anyShape = fc.constantFrom<Examples["shape"]>([8, 6, 3], [5, 9, 1], [4, 4, 2], [1, 1, 20], [1, 12, 2])
const anySeed = fc.integer({ min: 0, max: 1_000_000 })

describe("a view", () => {
  test.prop([anyShape, anySeed])(
    "is the same for the same seed, of the same form, and says no label",
    (shape, seed) => {
      const of = examples(shape, 7)
      const [one, other] = [view(of, seed), view(of, seed)]
      expect(one).toEqual(other)
      expect([one.count, one.shape, one.inputs.length]).toEqual([7, shape, of.inputs.length])
      expect([...one.labels]).toEqual(Array.from({ length: 7 }, () => unknown))
      expect(view(of, seed + 1).inputs).not.toEqual(one.inputs)
      expect(one.inputs).not.toEqual(of.inputs)
    }
  )

  test.prop([anyShape, anySeed])(
    "leaves the samples as they are, and takes them in the order asked for",
    (shape, seed) => {
      const of = examples(shape, 7)
      const before = of.inputs.slice()
      const first = shape[0] * shape[1] * shape[2]
      expect(view(of, seed, [3, 1]).inputs.subarray(0, first)).toEqual(view(of, seed, [3]).inputs)
      expect(of.inputs).toEqual(before)
    }
  )

  test.prop([anySeed, fc.integer({ min: 0, max: 255 })])("of one colour has one colour", (seed, flat) => {
    for (const shape of [
      [6, 6, 1],
      [6, 6, 3]
    ] as const) {
      const { inputs } = view(examples(shape, 1, flat), seed)
      expect(new Set(inputs).size).toBe(1)
      expect(Math.abs(inputs[0]! - flat)).toBeLessThanOrEqual(Math.ceil(0.4 * flat))
    }
  })

  test.prop([anySeed], { numRuns: 20 })("of features takes each from some sample, mostly its own", (seed) => {
    const of = examples([1, 1, 400], 9)
    const { inputs } = view(of, seed, [4])
    const own = inputs.filter((value, j) => value === of.inputs[4 * 400 + j]).length
    inputs.forEach((value, j) => expect(Array.from({ length: 9 }, (_, i) => of.inputs[i * 400 + j])).toContain(value))
    expect(own).toBeGreaterThan(240)
    expect(own).toBeLessThan(350)
  })
})

test("every change happens about as often as it should", () => {
  const [size, runs] = [16, 400]
  const ramp = examples([size, size, 3], 1, 0)
  ramp.inputs.forEach((_, i) => {
    ramp.inputs[i] = [40 + 8 * (Math.floor(i / 3) % size), 90, 160][i % 3]!
  })
  let [mirrored, grey] = [0, 0]
  for (let seed = 0; seed < runs; seed++) {
    const { inputs } = view(ramp, seed)
    const isGrey = inputs.every((value, i) => Math.abs(value - inputs[i - (i % 3)]!) <= 1)
    grey += isGrey ? 1 : 0
    mirrored += inputs[0]! + inputs[1]! > inputs[3 * (size - 1)]! + inputs[3 * (size - 1) + 1]! ? 1 : 0
  }
  expect(Math.abs(grey / runs - 0.2)).toBeLessThan(0.06)
  expect(Math.abs(mirrored / runs - 0.5)).toBeLessThan(0.08)
})
