import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { CliError } from "@edgeol/cli/CliError"
import * as Timings from "@edgeol/cli/calibrate/Timings"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"

const header: Timings.Header = {
  format: "edgeol-timings@1",
  model: "{}",
  machine: "a machine",
  versions: { edgeol: "0" }
}
const visit = (batch: number): Timings.Visit => ({
  threads: 1,
  batch,
  depth: 0,
  steps: [
    [9, 9, 9, 0],
    [0.1 * batch, 0.2, 0.01, 0],
    [0.2 * batch, 0.2, 0.01, 0]
  ]
})
const visits = [1, 2, 4, 8].map(visit)

const written = () => {
  const file = join(Edgeol.folder(), "timings.jsonl")
  const log = Timings.open(file, header)
  visits.forEach(log.add)
  log.close()
  return file
}

test("goes on after a kill at any byte with the lines that were whole", () => {
  const file = written()
  const whole = readFileSync(file)
  let torn = 0
  for (let length = 0; length <= whole.length; length += 7) {
    writeFileSync(file, whole.subarray(0, length))
    const log = Timings.open(file, header)
    expect(log.visits).toEqual(visits.slice(0, log.visits.length))
    torn += log.visits.length < visits.length ? 1 : 0
    visits.slice(log.visits.length).forEach(log.add)
    log.close()
    expect(Timings.parse(file, readFileSync(file, "utf8"))).toEqual({ header, visits })
  }
  expect(torn).toBeGreaterThan(20)
})

test("names the line that is damaged, and never takes it for data", () => {
  const text = readFileSync(written(), "utf8")
  let refused = 0
  fc.assert(
    fc.property(fc.nat({ max: text.length - 2 }), fc.nat({ max: 6 }), (at, bit) => {
      const damaged = Buffer.from(text)
      damaged[at] = damaged[at]! ^ (1 << bit)
      try {
        const read = Timings.parse("t.jsonl", damaged.toString("latin1"))
        // A bit of a line's end joins two lines or makes another; both are seen by their checksums.
        expect(read).toEqual({ header, visits })
      } catch (error) {
        expect(error).toBeInstanceOf(CliError)
        expect((error as CliError).message).toMatch(/^t\.jsonl:\d+: this line is damaged; remove it, or .*\.$/)
        refused++
      }
    }),
    { numRuns: 2000 }
  )
  expect(refused).toBe(2000)
})

test("refuses to mix what was measured elsewhere", () => {
  const file = written()
  expect(() => Timings.open(file, { ...header, machine: "another" })).toThrow(/another machine .*--out\./)
  appendFileSync(file, "{}\n")
  expect(() => Timings.open(file, header)).toThrow(`${file}:6:`)
  truncateSync(file, 0)
  expect(Timings.open(file, header).visits).toEqual([])
})

test("sums up a cell by its fastest steps, without warm-ups and the time in which others had the core", () => {
  const slow = Array.from({ length: 40 }, () => [10, 10, 10, 15] as const)
  const [cell, ...others] = Timings.summarise([{ ...visit(1), steps: [[1, 1, 1, 0], ...slow] }, visit(1), visit(1)])
  expect(others).toEqual([])
  expect(cell).toMatchObject({ threads: 1, batch: 1, depth: 0, steps: 44 })
  // Two steps at 0.1, two at 0.2, one more of an eighth at 10, half of it without a core.
  expect(cell!.forward).toBeCloseTo((0.1 + 0.1 + 0.2 + 0.2 + 5) / 5)
  const [busier] = Timings.summarise([
    {
      ...visit(1),
      steps: [
        [1, 1, 1, 0],
        [4, 0, 0, 5]
      ]
    }
  ])
  expect(busier!.forward).toBe(4)
})
