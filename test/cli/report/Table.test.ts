import * as Headline from "@edgeol/cli/report/Headline"
import * as Repeat from "@edgeol/cli/report/Repeat"
import * as Table from "@edgeol/cli/report/Table"
import { expect, test } from "vitest"
import * as Runs from "./Runs.ts"

const tapes = Runs.tapes(["immediate", "periodic:4", "edgeol"], [1, 2, 3])
const comparison = Runs.compare(tapes)

test("a comparison fits a terminal of 80 columns", () => {
  const lines = Table.table(comparison, "modelled").split("\n")
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(lines).toContain("Means over 3 seeds.")
  expect(lines.filter((line) => line.startsWith("edgeol"))).toHaveLength(2)
  expect(lines.filter((line) => line.startsWith("immediate"))).toHaveLength(1)
})

test("two seeds are said to tell little", () => {
  const two = Table.table(Runs.compare(Runs.tapes(["immediate", "edgeol"], [1, 2])), "modelled").split("\n")
  expect(two).toContain("Means over 2 seeds, and so wide intervals; compare --seeds 5 narrows them.")
  expect(Math.max(...two.map((line) => line.length))).toBeLessThanOrEqual(80)
})

test("modelled joules are called so, and measured ones not", () => {
  expect(Table.table(comparison, "modelled")).toMatch(/energy,\s[^]*modelled/)
  expect(Table.table(comparison, "measured")).not.toContain("modelled")
})

test("one seed has no intervals, one policy no changes", () => {
  const one = Runs.compare(Runs.tapes(["immediate", "edgeol"], [1]))
  expect(Table.table(one, "modelled")).not.toContain("[")
  const alone = Runs.compare(Runs.tapes(["edgeol"], [1]))
  expect(Table.table(alone, "modelled")).not.toContain("Against")
  expect(Headline.headline(alone, "modelled")).toMatch(/^edgeol: \d+ rounds, .* of fine-tuning, .* J \(modelled\), /)
})

test("the headline says what the last policy saves against the reference", () => {
  expect(Headline.headline(comparison, "modelled")).toMatch(
    /^edgeol: [\d.]+ % (less|more) fine-tuning time, [\d.]+ % (less|more) energy \(modelled\), [+−][\d.]+ points of accuracy \(95 % interval [^)]+\) against immediate over 3 seeds\.$/
  )
})

test("runs of seeds 1 to n are repeated as one comparison, others one by one", () => {
  const shared = "--rounds warm --clock modelled --device '1 W while busy'"
  expect(Repeat.commands(tapes)).toBe(
    `pnpm edgeol compare --stream scenes@1 --policies immediate,periodic:4,edgeol --seeds 3 ${shared}`
  )
  expect(Repeat.commands(Runs.tapes(["edgeol"], [2, 5])).split("\n")).toEqual([
    `pnpm edgeol run --stream scenes@1 --policy edgeol --seed 2 ${shared}`,
    `pnpm edgeol run --stream scenes@1 --policy edgeol --seed 5 ${shared}`
  ])
})
