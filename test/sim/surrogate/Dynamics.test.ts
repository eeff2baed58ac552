import * as Dynamics from "@edgeol/sim/surrogate/Dynamics"
import fc from "fast-check"
import { expect, test } from "vitest"

const model = (fields: Partial<Dynamics.Model> = {}): Dynamics.Model => ({
  scenes: 2,
  ceiling: Float64Array.of(0.9, 0.8),
  start: Float64Array.of(0.85, 0.1),
  cross: Float64Array.of(0, 0.3, 0.1, 0),
  learn: 0.02,
  square: 0.1,
  forget: 0.01,
  drift: 0.05,
  few: 1,
  lack: Float64Array.of(0.3, 0.2, 0.1),
  speed: Float64Array.of(1, 0.5),
  reach: Float64Array.of(1, 0.9),
  narrow: Float64Array.of(1, 0.5),
  ...fields
})

const taught = (of: Dynamics.Model, steps: number, shares: ReadonlyArray<number>, depth = 0, batches = 8) => {
  const state = Dynamics.begin(of)
  const own = Float64Array.from(shares)
  const aims = new Float64Array(of.scenes)
  Dynamics.aim(of, own, aims)
  const width = Dynamics.width(of, batches)
  for (let i = 0; i < steps; i++) Dynamics.step(of, state, own, aims, depth, width)
  return Array.from(of.start, (_, scene) => Dynamics.accuracy(of, state, scene))
}

test("a model that was taught nothing is the one that was deployed", () => {
  expect(taught(model(), 0, [0, 1])).toEqual([0.85, 0.1])
})

test("with square alone it is the curve of Optimus, K / (K + 1 / square)", () => {
  const square = model({ learn: 0, square: 0.001, forget: 0, drift: 0, start: Float64Array.of(0, 0) })
  for (const steps of [100, 1000, 5000]) {
    expect(taught(square, steps, [0, 1])[1]).toBeCloseTo(0.8 * (steps / (steps + 1000)), 3)
  }
})

test("what is learnt in one scene costs another what the two have not in common", () => {
  const [first, second] = taught(model(), 2000, [0, 1])
  expect(second).toBeCloseTo(0.8, 2)
  expect(first).toBeCloseTo(0.3, 2)
})

test("small rounds reach less, and less by a frozen prefix's factor", () => {
  const ends = [1, 2, 4, 8].map((batches) => taught(model({ forget: 0 }), 5000, [0, 1], 0, batches)[1]!)
  expect(ends).toEqual(ends.toSorted((a, b) => a - b))
  expect(new Set(ends).size).toBe(4)
  expect([1, 3, 6, 12].map((batches) => Dynamics.width(model(), batches))).toEqual([0.3, 0.15000000000000002, 0.05, 0])
})

test("accuracy stays an accuracy, whatever the numbers", () => {
  const number = fc.integer({ min: -20, max: 40 }).map((x) => x / 20)
  const pair = fc.tuple(number, number).map((values) => Float64Array.from(values))
  const rate = fc.integer({ min: 0, max: 40 }).map((x) => x / 20)
  const any = fc.record({ ceiling: pair, start: pair, learn: rate, square: rate, forget: rate, drift: rate })
  let learnt = 0
  fc.assert(
    fc.property(any, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 10 }), (fields, steps, tenths) => {
      const ends = taught(model(fields), steps, [tenths / 10, 1 - tenths / 10])
      if (ends[1] !== taught(model(fields), 0, [0, 1])[1]) learnt += 1
      return ends.every((value) => value >= 0 && value <= 1)
    })
  )
  expect(learnt).toBeGreaterThan(20)
})
