import * as Jobs from "@edgeol/streams/Jobs"
import * as Stream from "@edgeol/streams/Stream"
import { Effect, Result } from "effect"
import { describe, expect, test } from "vitest"
import { data, has } from "../data.ts"
import { expectSentence, failureOf } from "./formats/sentences.ts"
import { laws } from "./pools.ts"

const header = "cores,cpu,gpu,mem,observed_time,bs,observed_power"
const clocks = [100e6, 200e6, 300e6, 400e6, 500e6, 600e6, 700e6]

/** As the tables are: of each batch size 63 power modes at each of seven GPU clocks. No two rows are alike. */
const rows = (network: number) =>
  [1, 4, 16, 32, 64].flatMap((size, s) =>
    clocks.flatMap((clock, c) =>
      Array.from({ length: 63 }, (_, mode) => {
        const number = ((network * 5 + s) * 7 + c) * 63 + mode
        return `${1 + (number % 19)},${1 + (Math.floor(number / 19) % 19)},${clock},${1 + Math.floor(number / 361)},${size + network}.5,${size}.0,${20 + mode / 9}`
      })
    )
  )
const fileOf = (lines: ReadonlyArray<string>) => ({
  path: "a.csv",
  bytes: new TextEncoder().encode([header, ...lines].join("\n"))
})
const outcome = (lines: ReadonlyArray<string>) => Jobs.readingsOf(fileOf(lines), 0)

const readings = Jobs.assemble([0, 1, 2].flatMap((n) => Result.getOrThrow(Jobs.readingsOf(fileOf(rows(n)), n))))

describe("jetson-jobs/ni", () => {
  laws("jetson-jobs/ni", Jobs.ni(readings))

  test("has all jobs at each GPU clock, from fast to slow", () => {
    const stream = Jobs.ni(readings)(1)
    expect(stream.scenarios.map(({ name }) => name)).toEqual([700, 600, 500, 400, 300, 200, 100].map((c) => `${c} MHz`))
    expect(stream.scenarios.every(({ classes }) => classes.length === 15)).toBe(true)
    expect(Stream.seen(stream, 0)).toBe(15)
    const count = ({ heldOut, train, validation }: Stream.Scenario) =>
      train.labels.length + validation.labels.length + heldOut.labels.length
    expect(stream.scenarios.map(count)).toEqual(stream.scenarios.map(() => 15 * 63))
  })
})

describe("a damaged table", () => {
  test("says which row is none, or how many there are", () => {
    const whole = rows(0)
    const broken = (text: string) => failureOf(outcome([whole[0]!, text, ...whole.slice(2)]))
    for (const text of ["1,2,3", "1,2,3,4,fast,4,20", "1,2,3,4,1.5,5,20", "1,2,3,4,-1,4,20"])
      expect(broken(text)).toBe(
        "a.csv, line 3: this is no minibatch of 1, 4, 16, 32 or 64; correct the file and run again."
      )
    expectSentence(outcome(whole.slice(1)), "a.csv")
    expect(failureOf(outcome(whole.slice(1)))).toContain("it holds 2204 minibatches, not 2205")
    const renamed = { path: "a.csv", bytes: new TextEncoder().encode("cores,cpu\n1,2") }
    expect(failureOf(Jobs.readingsOf(renamed, 0))).toContain('no column is called "gpu"')
  })
})

describe.skipIf(!has("jetson"))("the published tables (needs shared data)", () => {
  test("hold 441 power modes of each network and batch size", async () => {
    const read = await Effect.runPromise(Jobs.read(data))
    expect(read.examples.count).toBe(3 * 2205)
    expect(Map.groupBy(read.examples.labels, (label) => label).size).toBe(15)
    for (const [, own] of Map.groupBy(read.examples.labels, (label) => label)) expect(own).toHaveLength(441)
    expect(Jobs.ni(read)(1).scenarios.map(({ name }) => name)[0]).toBe("1300.5 MHz")
  })
})
