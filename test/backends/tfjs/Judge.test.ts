import { expect, it } from "@effect/vitest"
import * as Judge from "@edgeol/backends/tfjs/Judge"
import * as fc from "fast-check"

const rows = fc.array(fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 4, maxLength: 4 }), { minLength: 1 })
const logits = (of: ReadonlyArray<ReadonlyArray<number>>) => Float32Array.from(of.flat())
const all = [true, true, true, true]

it("answers with the largest logit, its softmax probability and -logsumexp", () => {
  fc.assert(
    fc.property(rows, (given) => {
      const { labels, energy, confidence } = Judge.predict(logits(given), all)
      given.forEach((row, i) => {
        const sum = row.reduce((total, value) => total + Math.exp(value), 0)
        expect(row[labels[i]!]).toBe(Math.max(...row))
        expect(energy[i]).toBeCloseTo(-Math.log(sum), 3)
        expect(confidence[i]).toBeCloseTo(Math.exp(Math.max(...row)) / sum, 5)
      })
    })
  )
})

it("does not see the logits of classes that were not learnt", () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: -90, max: 90 }), (given, other) => {
      const seen = [true, true, false, true]
      const changed = given.map((row) => row.map((value, i) => (i === 2 ? other : value)))
      expect(Judge.predict(logits(given), seen)).toEqual(Judge.predict(logits(changed), seen))
    })
  )
})

it("validates: accuracy, cross entropy, mean and deviation of the energy", () => {
  const given = logits([
    [2, 0, 0, 0],
    [0, 3, 0, 0]
  ])
  const found = Judge.validate(given, Int32Array.of(0, 0), all)
  const [a, b] = [Math.log(Math.exp(2) + 3), Math.log(Math.exp(3) + 3)]
  expect(found.accuracy).toBe(0.5)
  expect(found.loss).toBeCloseTo((a - 2 + b) / 2, 5)
  expect(found.energyMean).toBeCloseTo(-(a + b) / 2, 5)
  expect(found.energyDeviation).toBeCloseTo((b - a) / 2, 5)
})

it("says NaN without samples", () => {
  const found = Judge.validate(new Float32Array(0), new Int32Array(0), all)
  expect(Object.values(found).every(Number.isNaN)).toBe(true)
})
