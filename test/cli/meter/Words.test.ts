import * as Words from "@edgeol/cli/meter/Words"
import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"

test("the greatest value has the highest bar, zero the lowest", () => {
  expect(Words.sparkline([0, 1, 2, 7, Number.NaN, 3.5])).toBe("▁▂▃█ ▅")
  expect(Words.sparkline([0, 0])).toBe("▁▁")
})

const watts = fc.oneof(
  fc.integer({ min: -1000, max: 60_000 }).map((n) => n / 1000),
  fc.constantFrom(Number.NaN, Infinity)
)

test.prop([fc.array(watts, { maxLength: 50 })])(
  "a sparkline has a bar or a blank for each value, and keeps order",
  (values) => {
    const line = Words.sparkline(values).split("")
    expect(line).toHaveLength(values.length)
    values.forEach((a, i) => {
      expect(line[i] === " ").toBe(!Number.isFinite(a))
      values.forEach((b, j) => {
        if (a <= b && Number.isFinite(b)) expect(line[i]!.localeCompare(line[j]!)).toBeLessThanOrEqual(0)
      })
    })
  }
)
