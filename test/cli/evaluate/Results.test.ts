import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Results from "@edgeol/cli/evaluate/Results"
import * as Rng from "@edgeol/core/Rng"
import { Effect } from "effect"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"
import * as Made from "./Made.ts"

const read = (file: string) => Effect.runPromise(Results.read(file))
const write = (file: string, runs: ReadonlyArray<Results.Run>) => Effect.runPromise(Results.write(file, runs))

test("runs are read as they were written, in an order that does not depend on which ended first", async () => {
  const file = join(Edgeol.folder(), "results", "evaluation.ndjson")
  await write(file, Made.runs)
  const text = readFileSync(file, "utf8")
  expect(await read(file)).toEqual(expect.arrayContaining([...Made.runs]))
  const order = Rng.named(1, "order").permutation(Made.runs.length)
  await write(
    file,
    Array.from(order, (i) => Made.runs[i]!)
  )
  expect(readFileSync(file, "utf8")).toBe(text)
  await write(file, await read(file))
  expect(readFileSync(file, "utf8")).toBe(text)
  expect(new Set(text.trimEnd().split("\n")).size).toBe(Made.runs.length)
})

test("another reader sees all of the old or all of the new", async () => {
  const folder = Edgeol.folder()
  const file = join(folder, "evaluation.ndjson")
  await write(file, Made.runs)
  const inode = readFileSync(file)
  await write(file, Made.runs.slice(1))
  expect(inode.toString().split("\n")).toHaveLength(Made.runs.length + 1)
  expect(readdirSync(folder)).toEqual(["evaluation.ndjson"])
})

test("no file, no runs", async () => {
  expect(await read(join(Edgeol.folder(), "none.ndjson"))).toEqual([])
})

test.each([
  ["cut off", (line: string) => line.slice(0, -9)],
  ["without a field", (line: string) => line.replace('"joules":', '"jules":')],
  ["with a number that is none", (line: string) => line.replace(/"seconds":[\d.]+/, '"seconds":"much"')]
])("a line %s is refused with its number", async (_, damage) => {
  const file = join(Edgeol.folder(), "evaluation.ndjson")
  await write(file, Made.runs.slice(0, 3))
  const lines = readFileSync(file, "utf8").trimEnd().split("\n")
  writeFileSync(file, `${lines.with(1, damage(lines[1]!)).join("\n")}\n`)
  appendFileSync(file, "\n")
  await expect(read(file)).rejects.toThrow(
    `${file}, line 2: this is no run of this version of edgeol; remove the line and evaluate again.`
  )
})

test("a folder in the place of the results is refused in a sentence", async () => {
  await expect(read(import.meta.dirname)).rejects.toThrow(/^Cannot read .*: .*; name another file with --results\.$/)
})
