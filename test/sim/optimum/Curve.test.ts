import * as Curve from "@edgeol/sim/optimum/Curve"
import fc from "fast-check"
import { expect, test } from "vitest"

const share = fc.integer({ min: 0, max: 50 }).map((hundredths) => hundredths / 100)

test("finds the curve that what was seen lies on", () => {
  const found = fc.property(share, share, fc.integer({ min: 8, max: 60 }), (floor, drop, twentieth) => {
    const curve: Curve.Curve = { floor, drop, half: 10 ** (twentieth / 20) }
    const sights = [0, 8, 16, 32, 64, 128, 512].map((exposure) => ({ exposure, wrong: Curve.at(curve, exposure) }))
    const fitted = Curve.fit(sights)
    for (const { exposure, wrong } of sights) expect(Curve.at(fitted, exposure)).toBeCloseTo(wrong, 6)
  })
  fc.assert(found)
})

test("falls ever more slowly and stays from 0 on, whatever was seen", () => {
  const sights = fc.array(fc.record({ exposure: fc.nat(500), wrong: share.map((half) => 2 * half) }), { maxLength: 20 })
  let rising = 0
  const falls = fc.property(sights, (seen) => {
    const curve = Curve.fit(seen)
    const values = [0, 1, 2, 3, 4].map((i) => Curve.at(curve, 100 * i))
    const steps = values.slice(1).map((value, i) => values[i]! - value)
    for (const value of values) expect(value).toBeGreaterThanOrEqual(0)
    for (const step of steps) expect(step).toBeGreaterThanOrEqual(0)
    for (const [i, step] of steps.slice(1).entries()) expect(step).toBeLessThanOrEqual(steps[i]! + 1e-12)
    rising += curve.drop === 0 ? 1 : 0
  })
  fc.assert(falls)
  expect(rising).toBeGreaterThan(5)
})
