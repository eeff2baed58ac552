import * as ModeTable from "@edgeol/sim/cost/ModeTable"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bert, csv, modes, observe, recorded } from "./boards.ts"

const some = observe(
  0,
  1,
  modes.filter((_, i) => i % 9 === 0)
)
const text = csv(some)

const message = (content: string, options: ModeTable.Options = {}) => {
  try {
    const { observations } = ModeTable.read("modes.csv", content, options)
    for (const { mode, time, power } of observations) {
      for (const value of [...Object.values(mode), time, power]) expect(value > 0 && Number.isFinite(value)).toBe(true)
    }
    return "read"
  } catch (error) {
    if (error instanceof ModeTable.TableError) return error.message
    throw error
  }
}

/** Changes a cell, counted from 0 below the header. */
const edit = (line: number, column: number, change: (cell: string) => string) =>
  text
    .split("\n")
    .map((row, i) =>
      i === line + 1
        ? row
            .split(",")
            .map((cell, k) => (k === column ? change(cell) : cell))
            .join(",")
        : row
    )
    .join("\n")

describe("a table of modes", () => {
  it("is read back as it was written, in SI", () => {
    const { observations, units } = ModeTable.read("modes.csv", text)
    expect(units).toEqual({ cpu: "kHz", gpu: "Hz", mem: "Hz" })
    expect(observations).toHaveLength(some.length)
    observations.forEach(({ mode, time, power }, i) => {
      expect(mode.cores).toBe(some[i]!.mode.cores)
      expect(mode.cpu).toBeCloseTo(some[i]!.mode.cpu, 3)
      expect(time).toBeCloseTo(some[i]!.time, 12)
      expect(power).toBeCloseTo(some[i]!.power, 12)
    })
  })

  it("may have other columns, in another order, and another end of line", () => {
    const turned = text
      .split("\n")
      .map((row, i) => [i === 0 ? "note" : "x", ...row.split(",").toReversed()].join(","))
      .join("\r\n")
    expect(ModeTable.read("modes.csv", `\uFEFF${turned}\r\n`)).toEqual(ModeTable.read("modes.csv", text))
  })

  it.each([
    ["", {}, /^modes.csv:1: the file is empty/],
    [text.replace("observed_power", "watts"), {}, /:1: the column observed_power is missing/],
    [text.split("\n").slice(0, 2).join("\n"), {}, /:2: it has one row/],
    [text.split("\n")[0]!, {}, /no row/],
    [`${text}\n${text.split("\n")[3]}`, {}, /is already in line 4/],
    [edit(4, 4, () => "0"), {}, /^modes.csv:6: observed_time is 0, but must be positive/],
    [edit(4, 5, (p) => `-${p}`), {}, /:6: observed_power is -/],
    [edit(4, 0, () => "2.5"), {}, /:6: cores is 2.5/],
    [edit(4, 2, () => "fast"), {}, /:6: gpu is "fast", not a number/],
    [
      edit(7, 1, (k) => String(Number(k) / 1e3)),
      {},
      /:9: cpu is .* in MHz where the other rows are in kHz: a unit mistaken by 10\^3/
    ],
    [edit(7, 2, (k) => String(Number(k) / 1e6)), {}, /:9: gpu is .* in MHz where .* in Hz: a unit mistaken by 10\^6/],
    [edit(7, 4, (k) => String(Number(k) * 1e3)), {}, /:9: observed_time is .* unit mistaken by 10\^3/],
    [edit(7, 4, (k) => String(Number(k) * 1e6)), {}, /:9: observed_time is .* unit mistaken by 10\^6/],
    [edit(7, 5, (k) => String(Number(k) * 1e3)), {}, /:9: observed_power is .* unit mistaken by 10\^3/],
    [edit(7, 5, (k) => String(Number(k) / 1e3)), {}, /:9: observed_power is .* below .* 10\^3/],
    [text, { timeUnit: "s" }, /observed_time is about .* if it is in s: a unit mistaken by 10\^3.*--time-unit ms/],
    [text, { powerUnit: "mW" }, /observed_power .* unit mistaken by 10\^3.*--power-unit W/],
    [`${text}\n1,2`, {}, /it has 2 cells where the header has 6/],
    [text, { where: ["bs", "16"] }, /there is no column bs/],
    [text, { where: ["cores", "3"] }, /no row has cores 3; it has 2/]
  ] as ReadonlyArray<[string, ModeTable.Options, RegExp]>)(
    "with a mistake is refused, case %#",
    (content, options, reason) => {
      expect(message(content, options)).toMatch(reason)
    }
  )

  it("gives sound numbers or one sentence with its place, whatever the file", () => {
    const outcomes = { read: 0, refused: 0 }
    const damage = fc.tuple(fc.constantFrom("cut", "flip", "swap"), fc.nat(), fc.nat({ max: 7 }))
    const sources = [text, recorded(bert)].filter((source) => source !== undefined)
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.array(damage, { minLength: 1, maxLength: 3 }), (source, damages) => {
        const short = source.split("\n").slice(0, 40).join("\n")
        const said = message(damages.reduce(damaged, short))
        if (said === "read") outcomes.read++
        else {
          outcomes.refused++
          expect(said).toMatch(/^modes\.csv:\d+: .+[.]$/s)
        }
      }),
      { numRuns: 10_000 }
    )
    expect(outcomes.read).toBeGreaterThan(50)
    expect(outcomes.refused).toBeGreaterThan(500)
  })
})

const damaged = (content: string, [kind, place, bit]: readonly [string, number, number]) => {
  const at = content.length === 0 ? 0 : place % content.length
  if (kind === "cut") return content.slice(0, at)
  if (kind === "swap") return content.slice(at) + content.slice(0, at)
  return content.slice(0, at) + String.fromCharCode((content.charCodeAt(at) || 32) ^ (1 << bit)) + content.slice(at + 1)
}
