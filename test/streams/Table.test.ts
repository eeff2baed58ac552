import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fc, it } from "@fast-check/vitest"
import * as Catalog from "@edgeol/streams/Catalog"
import * as Feed from "@edgeol/streams/Feed"
import type { Pool } from "@edgeol/streams/Stream"
import * as Table from "@edgeol/streams/Table"
import { Effect, Result } from "effect"
import { afterAll, describe, expect, test } from "vitest"
import { failureOf } from "./formats/sentences.ts"
import * as Pools from "./pools.ts"
import { small } from "./streams.ts"

const home = mkdtempSync(join(tmpdir(), "edgeol-table-"))
afterAll(() => rmSync(home, { recursive: true }))

const opened = (text: string, name = "t.csv") => {
  writeFileSync(join(home, name), text)
  return Effect.runPromise(Effect.result(Catalog.open(`table:${name}`, home)))
}
const open = async (text: string) => Result.getOrThrow(await opened(text))(1)

/** 40 rows of each of two scenarios, two classes each: the row's number, a constant, the label and the scenario. */
const rows = Array.from({ length: 80 }, (_, i) => `${i},7,${["a", "b", "a", "c"][2 * Math.floor(i / 40) + (i % 2)]}`)
const sound = ["n,k,label,scenario", ...rows.map((row, i) => `${row},${i < 40 ? "home" : "road"}`)].join("\n")

describe("a table", () => {
  test("is a stream: scenarios and classes as they appear, rows of bytes", async () => {
    const stream = await open(sound)
    expect(stream.scenarios.map(({ name, classes }) => [name, classes])).toEqual([
      ["home", [0, 1]],
      ["road", [0, 2]]
    ])
    expect(stream.classes).toEqual(["a", "b", "c"])
    expect(stream.shape).toEqual([1, 1, 2])
    expect(await Effect.runPromise(Catalog.images("table:t.csv", home))).toEqual({ classes: 3, shape: [1, 1, 2] })
    const { inputs, labels } = Pools.everyImage(stream.scenarios[1]!.train)
    expect([...labels.subarray(0, 2), ...labels.subarray(-2)]).toEqual([0, 0, 2, 2])
    expect([...inputs.subarray(0, 4)]).toEqual([Math.round((255 * 40) / 79), 0, Math.round((255 * 42) / 79), 0])
  })

  test("is split in blocks of its order, and feeds a run", async () => {
    const stream = await open(sound)
    const [home] = stream.scenarios
    expect([home!.train, home!.validation, home!.heldOut].map(({ labels }) => labels.length)).toEqual([22, 4, 14])
    const seen = (pool: Pool) => Pools.everyImage(pool).inputs.filter((_, i) => i % 2 === 0)
    expect(Math.max(...seen(home!.train))).toBeLessThan(Math.min(...seen(home!.validation)))
    expect(Math.max(...seen(home!.validation))).toBeLessThan(Math.min(...seen(home!.heldOut)))
    const feed = Result.getOrThrow(Feed.make(stream, small, 1))
    expect(feed.requests).toHaveLength(small.requests.perScenario)
  })

  test("is cut into five parts when it names no scenarios", async () => {
    const { scenarios } = await open(["n,label", ...Array.from({ length: 50 }, (_, i) => `${i},${i % 2}`)].join("\n"))
    expect(scenarios.map(({ name }) => name)).toEqual(["part 1", "part 2", "part 3", "part 4", "part 5"])
    expect(scenarios.map(({ train }) => train.labels.length)).toEqual([4, 4, 4, 4, 4])
  })

  test.each([
    ["nothing", "", / is empty, and its first line/],
    ["no label column", "n,m\n1,2\n", /, line 1: no column is called "label"/],
    ["no numbers", "label,scenario\na,b\n", /, line 1: there is no column of numbers/],
    ["two columns of one name", "n,n,label\n1,2,a\n", /, line 1: two columns are called "n"/],
    ["a row cut short", sound.replace("5,7,b,home", "5,7,b"), /, line 7: there are 3 fields and 4 columns/],
    ["a word for a number", sound.replace("\n5,7,", "\nfive,7,"), /, line 7, "n": this is not a finite number/],
    ["an empty number", sound.replace("\n5,7,", "\n,7,"), /, line 7, "n": this is not/],
    ["an infinite number", sound.replace("\n5,7,", "\n5,Infinity,"), /, line 7, "k": this is not/],
    ["an empty label", sound.replace("\n5,7,b", "\n5,7,"), /, line 7, "label": it is empty/],
    ["a rare class", sound.replace("\n5,7,b", "\n5,7,z"), /, scenario "home": the label "z" has too few rows \(1\)/],
    ["one scenario", sound.replaceAll("road", "home"), / has rows of too few scenarios \(1\): /]
  ])("with %s is refused in one sentence", async (_, text, expected) => {
    const message = failureOf(await opened(text))
    expect(message.startsWith(join(home, "t.csv"))).toBe(true)
    expect(message).toMatch(expected)
    expect(message).toMatch(/^[^\n]+; correct the file and run again\.$/)
  })

  test("that is not there is named", async () => {
    const outcome = await Effect.runPromise(Effect.result(Catalog.open("table:none.csv", home)))
    expect(failureOf(outcome)).toMatch(
      /none\.csv cannot be read \(no such file or directory\); put it there, or [^\n]*\.$/
    )
  })
})

const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 300 })

it.prop([numbers])("bytes keep the order of numbers and use the whole range", (list) => {
  const bytes = Table.quantise(Float64Array.from(list))
  for (let i = 1; i < list.length; i++)
    expect(Math.sign(bytes[i]! - bytes[0]!) * Math.sign(list[i]! - list[0]!)).not.toBe(-1)
  const varies = new Set(list).size > 1
  expect([Math.min(...bytes), Math.max(...bytes)]).toEqual(varies ? [0, 255] : [0, 0])
})

test("outliers do not squeeze a column, rare values in a column of zeros stay", () => {
  const ramp = Float64Array.from({ length: 1000 }, (_, i) => (i === 999 ? 1e9 : i))
  expect(Table.quantise(ramp)[500]).toBe(128)
  const rare = Float64Array.from({ length: 1000 }, (_, i) => (i === 3 ? 2 : 0))
  expect([...Table.quantise(rare).subarray(2, 5)]).toEqual([0, 255, 0])
})
