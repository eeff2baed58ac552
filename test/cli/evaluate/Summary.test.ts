import type { Plan } from "@edgeol/cli/evaluate/Plan"
import * as Summary from "@edgeol/cli/evaluate/Summary"
import * as Table from "@edgeol/cli/evaluate/Table"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Made from "./Made.ts"

const { run } = Made
const plan: Plan = { ...Made.plan, policies: ["immediate", "edgeol", "never"] }
const summarise = (...runs: ReadonlyArray<ReturnType<typeof run>>) => Summary.summarise(runs, plan)

describe("what runs come to", () => {
  test("is counted over the seeds that both policies have", () => {
    const fields = summarise(
      run({ seed: 1, seconds: 10, joules: 100, accuracy: 0.5, seen: 0.25 }),
      run({ seed: 2, seconds: 20, joules: 200, accuracy: 0.75, seen: 0.5 }),
      run({ policy: "edgeol", seed: 2, seconds: 5, joules: 150, accuracy: 0.875, seen: 0.75, finished: 4 }),
      run({ policy: "edgeol", seed: 1, seconds: 5, joules: 50, accuracy: 0.5, seen: 0.25, finished: 6 }),
      run({ policy: "edgeol", seed: 3, seconds: 2, joules: 1, accuracy: 1, seen: 1, finished: 2 })
    )["fields/ni"]!
    // Own means are over seeds 1 to 3: 12 / 3 s, 201 / 3 J, 2.375 / 3, 12 / 3 rounds.
    expect(fields["edgeol"]).toMatchObject({ runs: 3, rounds: 4, seconds: 4, joules: 67 })
    expect(fields["edgeol"]!.accuracy).toBeCloseTo(2.375 / 3, 12)
    const delta = fields["edgeol"]!.deltaAgainstImmediate!
    // Seeds 1 and 2: 5/10 - 1 and 5/20 - 1; 50/100 - 1 and 150/200 - 1; 0 and 1/8; 0 and 1/4; t of one degree is 12.706.
    expect([delta.seconds.mean, delta.joules.mean]).toEqual([-0.625, -0.375])
    expect([delta.accuracy.mean, delta.seen.mean]).toEqual([0.0625, 0.125])
    expect(delta.accuracy.high! - delta.accuracy.mean).toBeCloseTo(12.706 * 0.0625, 3)
  })

  test("in warm rounds leaves out what starting takes", () => {
    const { edgeol } = summarise(
      run({ seconds: 10, activities: { startUp: 6 } }),
      run({ policy: "edgeol", seconds: 3, activities: { startUp: 1 } })
    )["fields/ni"]!
    expect(edgeol!.deltaAgainstImmediate!.warmSeconds).toEqual({ mean: -0.5, low: null, high: null })
  })

  test("has no change where the reference is missing, and none from another seed or kind of round", () => {
    expect(summarise(run({ policy: "edgeol" }))["fields/ni"]!["edgeol"]!.deltaAgainstImmediate).toBeNull()
    const apart = summarise(run({ seed: 2 }), run({ policy: "edgeol" }))
    expect(apart["fields/ni"]!["edgeol"]!.deltaAgainstImmediate).toBeNull()
    const warm = summarise(run({ rounds: "warm" }), run({ policy: "edgeol" }))
    expect(warm["fields/ni"]).not.toHaveProperty("immediate")
    expect(warm["fields/ni"]!["edgeol"]!.deltaAgainstImmediate).toBeNull()
  })

  test("of immediate is no change, and of a policy that the plan does not name nothing", () => {
    const { immediate, ...others } = summarise(run({ seconds: 0 }), run({ policy: "sorry" }))["fields/ni"]!
    expect(immediate!.deltaAgainstImmediate!.seconds.mean).toBe(0)
    expect(others).toEqual({})
  })

  test("has streams for its keys, by name, of their newest version", () => {
    const summary = summarise(
      run({ stream: "woods/nc@1" }),
      run({ stream: "fields/ni@9", seconds: 9 }),
      run({ stream: "fields/ni@10", seconds: 4 })
    )
    expect(Object.keys(summary)).toEqual(["fields/ni", "woods/nc"])
    expect(summary["fields/ni"]!["immediate"]!.seconds).toBe(4)
  })
})

test("runs of streams that the plan does not name are left out, of the summary and of the mean", () => {
  const [inside, edgeol] = [run(), run({ policy: "edgeol", seconds: 5 })]
  const outside = ["immediate", "edgeol"].map((policy) => run({ stream: "meadows/ni@1", policy, seed: 2 }))
  expect(Object.keys(summarise(inside, edgeol, ...outside))).toEqual(["fields/ni"])
  const means = Object.fromEntries(Summary.means([inside, edgeol, ...outside], plan))
  expect(means["edgeol"]).toMatchObject({ seeds: 1, delta: { seconds: { mean: -0.5 } } })
})

describe("the mean over streams", () => {
  test("gives streams equal weight, over seeds that all of them have", () => {
    const runs = (
      [
        ["fields/ni@1", 10, 5],
        ["woods/nc@1", 100, 25]
      ] as const
    ).flatMap(([stream, all, some]) => [
      run({ stream, seconds: all }),
      run({ stream, policy: "edgeol", seconds: some }),
      run({ stream, seed: 2, seconds: all }),
      run({ stream, policy: "edgeol", seed: 2, seconds: some })
    ])
    const alone = [run({ seed: 3 }), run({ policy: "edgeol", seed: 3, seconds: 1 })]
    const means = Object.fromEntries(Summary.means([...runs, ...alone], plan))
    expect(means["edgeol"]).toMatchObject({ seeds: 2, delta: { seconds: { mean: -0.625, low: -0.625, high: -0.625 } } })
    expect(means).not.toHaveProperty("never")
  })

  test("of a policy that one stream lacks does not exist", () => {
    const runs = [run(), run({ policy: "edgeol" }), run({ stream: "woods/nc@1" })]
    expect(Object.fromEntries(Summary.means(runs, plan))["edgeol"]).toEqual({ seeds: 0, delta: null })
  })

  test("is the mean of the streams' own, when all have the same seeds", () => {
    const points = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(points, (all) => {
        const runs = ["fields/ni@1", "woods/nc@1"].flatMap((stream, s) =>
          [0, 1, 2].flatMap((seed) => [
            run({ stream, seed, accuracy: 0.5 }),
            run({ stream, seed, policy: "edgeol", accuracy: 0.5 + all[3 * s + seed]! / 100 })
          ])
        )
        const [own, mean] = [Summary.summarise(runs, plan), Object.fromEntries(Summary.means(runs, plan))]
        const streams = ["fields/ni", "woods/nc"].map((s) => own[s]!["edgeol"]!.deltaAgainstImmediate!.accuracy.mean)
        expect(mean["edgeol"]!.delta!.accuracy.mean).toBeCloseTo((streams[0]! + streams[1]!) / 2, 12)
      })
    )
  })
})

test("the table has a block for each stream and one for their mean", () => {
  const { runs, plan } = Made
  const text = Table.table(Summary.summarise(runs, plan), Summary.means(runs, plan))
  expect(text.split("\n\n").map((block) => block.split("\n")[0])).toEqual([
    "fields/ni, against immediate:",
    "woods/nc, against immediate:",
    "mean over 2 streams, intervals over seeds:"
  ])
  expect(text).not.toMatch(/NaN|undefined/)
  expect(text.match(/^never +3 .*−100\.0/gm)).toHaveLength(3)
})
