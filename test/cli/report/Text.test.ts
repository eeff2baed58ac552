import * as Text from "@edgeol/cli/report/Text"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const plain = (text: string) => Number(text.replaceAll("\u202f", "").replaceAll("\u2212", "-"))

test("three significant digits", () => {
  const shown = [0.07123, 0.9996, 1, 7.126, 71.26, 712.6, 12_345, -3.1389, 0].map(Text.number)
  expect(shown).toEqual(["0.0712", "1.00", "1.00", "7.13", "71.3", "713", "12\u202f300", "\u22123.14", "0"])
})

test("a number that is shown is within half a per cent of itself", () => {
  const value = fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -6, max: 6 }))
  fc.assert(
    fc.property(value, ([digits, exponent]) => {
      const number = digits * 10 ** exponent
      expect(Math.abs(plain(Text.number(number)) - number)).toBeLessThanOrEqual(0.00501 * Math.abs(number))
    })
  )
})

describe("quantities", () => {
  test("take the unit that keeps them readable", () => {
    expect([41.23, 0.00341, 0.0000212, 0].map(Text.seconds)).toEqual(["41.2 s", "3.41 ms", "21.2 µs", "0 s"])
    expect([210.4, 9998, 12_345].map(Text.joules)).toEqual(["210 J", "10\u202f000 J", "12.3 kJ"])
  })

  test("that are not known are a dash", () => {
    expect([Text.seconds(NaN), Text.percent(NaN), Text.count(NaN), Text.number(Infinity)]).toEqual(["–", "–", "–", "–"])
  })
})

describe("changes", () => {
  test("carry their sign and interval", () => {
    expect(Text.change({ mean: -0.71, low: -0.752, high: -0.669 })).toBe("−71.0 [−75.2, −66.9]")
    expect(Text.points({ mean: 0.008, low: -0.002, high: 0.018 })).toBe("+0.8 points")
    expect(Text.between(-0.002, 0.018)).toBe("−0.2 to +1.8")
  })

  test("without spread have no interval, and nothing is no negative nothing", () => {
    expect(Text.change({ mean: -0.0001, low: null, high: null })).toBe("0.0")
    expect(Text.moreOrLess({ mean: -0.0001, low: null, high: null }, "energy")).toBe("the same energy")
    expect(Text.moreOrLess({ mean: 0.25, low: null, high: null }, "energy")).toBe("25.0 % more energy")
  })
})
