/** What the page says and draws, held to runs counted by hand. */
import * as FixedShare from "@edgeol/cli/evaluate/FixedShare"
import * as Frontier from "@edgeol/cli/evaluate/Frontier"
import * as Losses from "@edgeol/cli/evaluate/Losses"
import * as Price from "@edgeol/cli/evaluate/Price"
import * as Spending from "@edgeol/cli/evaluate/Spending"
import * as Summary from "@edgeol/cli/evaluate/Summary"
import { describe, expect, test } from "vitest"
import * as Made from "./Made.ts"

const { run } = Made
const cold = run({ seconds: 20, activities: { startUp: 12, load: 2, save: 1, forward: 5 } })
const own = { startUp: 6, load: 1, save: 0.5, forward: 3, probe: 0.2, validation: 0.1, policy: 0.1, head: 0.1 }
const edgeol = run({ policy: "edgeol", seconds: 11, activities: own })

describe("the curve over the fixed share", () => {
  const { warm, cold: measured, lines } = FixedShare.curve([cold, edgeol], ["edgeol", "never"])
  test("goes through cold and warm rounds as they were measured", () => {
    expect([measured, warm]).toEqual([15 / 20, 3 / 8])
    expect(FixedShare.saved(lines[0]!, measured)).toBeCloseTo(1 - 11 / 20, 12)
    expect(FixedShare.saved(lines[0]!, warm)).toBeCloseTo(1 - 5 / 8, 12)
  })

  test("begins with steps alone, ends with rounds alone, and leaves out what has not run", () => {
    expect(lines).toHaveLength(1)
    expect(FixedShare.saved(lines[0]!, 0)).toBeCloseTo(1 - 3.5 / 5, 12)
    expect(FixedShare.saved(lines[0]!, 1)).toBeCloseTo(0.5, 12)
  })
})

test("deciding is probes, validation, policy and head, against the time that immediate takes more", () => {
  const decided = Spending.decided([cold, run({ seed: 2, seconds: 999 }), edgeol], "edgeol")
  expect(decided.seconds).toBeCloseTo(0.5, 12)
  expect(decided.saved).toBe(9)
  expect(Spending.words(decided)).toBe("500 ms for 9.00 s (5.6 %)")
  expect(Spending.words({ seconds: 0.5, saved: -1 })).toBe("500 ms, none saved")
})

test("a policy is on the frontier when none saves as much and is as accurate", () => {
  const summary = Summary.summarise(Made.runs, Made.plan)["fields/ni"]!
  const deltas = Object.entries(summary).map(([name, of]) => [name, of.deltaAgainstImmediate!] as const)
  expect(Frontier.frontier(deltas).map(([name]) => name)).toEqual(["breakEven", "never"])
})

test("on the frontier, names are numbers, and numbers that would lie on each other stand together", () => {
  const delta = Summary.summarise(Made.runs, Made.plan)["fields/ni"]!["breakEven"]!.deltaAgainstImmediate!
  const at = (seconds: number, accuracy: number) => ({
    ...delta,
    seconds: { ...delta.seconds, mean: -seconds },
    accuracy: { ...delta.accuracy, mean: accuracy }
  })
  const deltas = [
    ["slow", at(0.1, 0.05)],
    ["here", at(0.9, 0.02)],
    ["also", at(0.9, 0.02)],
    ["beside", at(0.91, 0.019)],
    ["beaten", at(0.5, 0)]
  ] as const
  expect(Frontier.caption(deltas)).toBe("1\u00a0slow, 2\u00a0here and also, 3\u00a0beside")
  expect(Frontier.numbers(deltas).map(([[name], text]) => [name, text])).toEqual([
    ["slow", "1"],
    ["here", "2, 3"],
    ["beside", ""]
  ])
})

test("BreakEven is drawn by its price, the cheapest first, and nobody else", () => {
  const delta = Summary.summarise(Made.runs, Made.plan)["fields/ni"]!["breakEven"]!.deltaAgainstImmediate!
  const named = ["breakEven:32", "edgeol", "breakEven", "breakEven:0.5", "breakEven+linear"]
  const deltas = named.map((name) => [name, delta] as const)
  expect(Price.prices(deltas).map(([label]) => label)).toEqual(["0.5 J", "1 J", "32 J"])
  expect(Price.figure(deltas, "here").label).toContain("0.5 J: ")
})

describe("where policies lose", () => {
  const seeds = [1, 2, 3]
  const many = (changes: object, accuracies: ReadonlyArray<number>) =>
    seeds.map((seed, i) => run({ seed, accuracy: accuracies[i]!, ...changes }))
  const runs = [
    ...many({}, [0.5, 0.5, 0.5]),
    ...many({ policy: "edgeol", seconds: 5 }, [0.4, 0.41, 0.39]),
    ...many({ policy: "never", seconds: 0 }, [0.45, 0.55, 0.45]),
    ...many({ stream: "woods/nc@1" }, [0.5, 0.5, 0.5]),
    ...many({ stream: "woods/nc@1", policy: "edgeol", seconds: 12 }, [0.6, 0.6, 0.6])
  ]
  const said = Object.fromEntries(Losses.sentences(Summary.summarise(runs, Made.plan), Made.plan.policies))
  test("is said with its interval, what chance may explain apart", () => {
    expect(said["edgeol"]).toBe(
      "has fewer points on fields/ni (−10.0 [−12.5, −7.5]). It takes more time on woods/nc. " +
        "Others take less time and have more points on fields/ni (never)."
    )
    expect(said["never"]).toMatch(
      /^has fewer points on fields\/ni \(−1\.7 \[.*\]\), by no more than chance explains\.$/
    )
  })

  test("and of what did not run nothing", () => {
    expect(Object.keys(said)).toEqual(["edgeol", "never"])
  })
})
