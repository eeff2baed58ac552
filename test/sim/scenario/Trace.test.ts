import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fc, test } from "@fast-check/vitest"
import * as Trace from "@edgeol/sim/scenario/Trace"
import { Result } from "effect"
import { describe, expect } from "vitest"
import { data, has } from "../../data.ts"

const times = (text: string) => [...Result.getOrThrow(Trace.parse(text, "a.csv"))]
const messageOf = (text: string) => {
  const read = Trace.parse(text, "a.csv")
  return Result.isFailure(read) ? read.failure : "no error"
}

describe("times of a trace", () => {
  test("are seconds from the first, in the first column, under a heading or none", () => {
    expect(times("t\n5\n6.5\n\n1e1\n")).toEqual([0, 1.5, 5])
    expect(times("-1,x\r\n2;y\r\n2\tz")).toEqual([0, 3, 3])
  })

  test("are dates over midnights, leap days and years", () => {
    const text = "2023-12-31 23:59:59.25,1\n2024-01-01T00:00:00Z,2\n2024-02-28 12:00:00,3\n2024-03-01 12:00:00,4\n"
    expect(times(text)).toEqual([0, 0.75, 58.5 * 86_400 + 0.75, 60.5 * 86_400 + 0.75])
  })

  // Date is the reference here, which sim does not use.
  test.prop([fc.date({ min: new Date("1900-01-01"), max: new Date("2200-01-01"), noInvalidDate: true }), fc.nat(1e9)])(
    "agree with the calendar",
    (first, gap) => {
      const text = [first, new Date(first.getTime() + gap * 1000)].map((date) => date.toISOString()).join("\n")
      expect(times(text)[1]).toBeCloseTo(gap, 6)
    }
  )

  test.each([
    ["out of order", "1\n3\n2\n", "a.csv, line 3: is earlier than the line before it; put the lines in order."],
    ["a word among them", "1\n3\nx\n", "a.csv, line 3: is neither a number of seconds nor a date and time."],
    ["an infinity", "1\n3\n1e999\n", "a.csv, line 3: is neither a number of seconds nor a date and time."],
    ["a month that is none", "2023-13-01 00:00:00\n2023-13-01 00:00:00", /line 2: is neither/],
    ["no time at all", "time\n", "a.csv has no times in it."],
    ["nothing", "", "a.csv has no times in it."]
  ])("with %s are refused", (_, text, expected) => {
    expect(messageOf(text)).toMatch(expected)
  })
})

const cell = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map(String),
  fc.constantFrom(
    "2024-02-29 10:00:00",
    "2024-02-30T10:00:00.5Z",
    "2024-00-01 00:00:00",
    "1e400",
    "",
    " ",
    "t",
    "\r",
    ","
  )
)

test.prop([fc.array(fc.tuple(cell, fc.constantFrom(",", ";x", "\t", "")).map((parts) => parts.join("")))], {
  numRuns: 3000
})("whatever is in the lines, it is refused in one sentence or is in order", (lines) => {
  const read = Trace.parse(lines.join("\n"), "a.csv")
  if (Result.isFailure(read)) expect(read.failure).toMatch(/^a\.csv[^\n]*\.$/)
  else expect(read.success.every((at, i) => at >= (read.success[i - 1] ?? 0))).toBe(true)
})

describe.skipIf(!has("request-arrivals"))("a recorded trace", () => {
  test("is read whole, 19,366 requests of an hour", () => {
    const read = times(readFileSync(join(data, "request-arrivals", "AzureLLMInferenceTrace_conv.csv"), "utf8"))
    expect(read).toHaveLength(19_366)
    expect(read.at(-1)).toBeCloseTo(3501.721937, 6)
  })
})
