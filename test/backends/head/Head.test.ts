/** What holds of every head. */
import * as Head from "@edgeol/backends/head/Head"
import * as RecursiveLeastSquares from "@edgeol/backends/head/RecursiveLeastSquares"
import * as Rows from "@edgeol/backends/head/Rows"
import * as SoftmaxSgd from "@edgeol/backends/head/SoftmaxSgd"
import * as StreamingLda from "@edgeol/backends/head/StreamingLda"
import * as Rng from "@edgeol/core/Rng"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Cloud from "./Cloud.ts"

const heads: ReadonlyArray<readonly [string, Head.MakeFamily]> = [
  ["discriminants", StreamingLda.family({ memories: [20, Infinity], priors: [0, 4] })],
  ["discriminants that forget", StreamingLda.family({ scatterMemory: 40 })],
  ["least squares", Head.alone("least squares", RecursiveLeastSquares.make())],
  ["least squares that forget", Head.alone("least squares", RecursiveLeastSquares.make({ memory: 40 }))],
  ["softmax", Head.alone("softmax", SoftmaxSgd.make())]
]

const finite = (family: Head.Family, rows: Rows.Rows, known: ReadonlyArray<number>): void => {
  for (const { classes, logits } of family.scores(rows)) {
    expect(logits.length).toBe(rows.count * classes)
    logits.forEach((logit, i) =>
      known.includes(i % classes) ? expect(Math.abs(logit)).toBeLessThan(Infinity) : expect(logit).toBe(-Infinity)
    )
  }
}

describe.each(heads)("%s", (_, make) => {
  it("take classes as they come, with gaps, one sample each, in batches of one", () => {
    const family = make(4)
    const known: Array<number> = []
    const cloud = Cloud.make(1, 4)
    for (const label of [3, 0, 3, 9]) {
      const { rows } = cloud(1, 1)
      family.learn(rows, Int32Array.of(label))
      known.push(label)
      finite(family, cloud(3, 1).rows, known)
      expect(family.scores(rows)[0]!.classes).toBe(Math.max(...known) + 1)
    }
  })

  it("have nothing to say before they learnt, and learn nothing from nothing", () => {
    const family = make(2)
    family.learn(Rows.of([], 2), new Int32Array(0))
    for (const { classes, logits } of family.scores(Rows.of([1, 2], 2)))
      expect([classes, logits.length]).toEqual([0, 0])
  })

  it("stay finite on constant features, equal samples and more features than samples", () => {
    const same = make(3)
    for (let i = 0; i < 50; i++) same.learn(Rows.of(new Float64Array(12).fill(7), 3), Int32Array.of(0, 1, 0, 1))
    finite(same, Rows.of([7, 7, 7, -7, 0, 1e6], 3), [0, 1])
    const wide = make(60)
    const { rows, labels } = Cloud.make(1, 60)(5, 3)
    wide.learn(rows, labels)
    finite(wide, Cloud.make(2, 60)(4, 2).rows, [...labels])
  })

  it("learn what they were shown, though it has more features than samples", () => {
    const family = make(40)
    const { rows } = Cloud.make(1, 40)(6, 1)
    const labels = Int32Array.of(0, 1, 2, 0, 1, 2)
    for (let i = 0; i < 30; i++) family.learn(rows, labels)
    for (const { classes, logits } of family.scores(Rows.slice(rows, 0, 3))) {
      for (let i = 0; i < 3; i++) {
        const row = logits.subarray(i * classes, (i + 1) * classes)
        expect(row.indexOf(Math.max(...row))).toBe(labels[i])
      }
    }
  })

  it("leave out rows with an unusable number, and answer as if it were 0", () => {
    const [clean, soiled] = [make(3), make(3)]
    const cloud = Cloud.make(1, 3)
    const bad = fc.constantFrom(NaN, Infinity, -Infinity, 1e300, -1e10)
    const law = fc.property(bad, fc.nat(2), fc.nat(4), (value, column, row) => {
      const { rows, labels } = cloud(5, 3)
      const values = rows.values.slice()
      values[row * 3 + column] = value
      const kept = [0, 1, 2, 3, 4].filter((i) => i !== row)
      soiled.learn({ ...rows, values }, labels)
      clean.learn(
        Rows.take(rows, kept),
        Int32Array.from(kept, (i) => labels[i]!)
      )
      const zero = values.slice()
      zero[row * 3 + column] = 0
      expect(soiled.scores({ ...rows, values })).toEqual(clean.scores({ ...rows, values: zero }))
    })
    fc.assert(law, { numRuns: 50 })
  })

  it("refuse labels that are none, or not one for each row", () => {
    expect(() => make(1).learn(Rows.of([1], 1), Int32Array.of(-1))).toThrow("from 0 on")
    expect(() => make(1).learn(Rows.of([1], 1), Int32Array.of(1, 2))).toThrow("2 labels for 1 rows")
  })

  it("go on from their state to the same bits", () => {
    const law = fc.property(
      fc.nat(),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 6 }),
      (seed, before, width) => {
        const cloud = Cloud.make(seed, width)
        const rng = Rng.named(seed, "counts")
        const first = make(width)
        const learn = (family: Head.Family, { rows, labels }: Cloud.Batch) => family.learn(rows, labels)
        for (let i = 0; i < before; i++) learn(first, cloud(1 + rng.below(40), 1 + rng.below(5)))
        const second = make(width, structuredClone(first.state()))
        for (let i = 0; i < 3; i++) {
          const batch = cloud(1 + rng.below(40), 6)
          learn(first, batch)
          learn(second, batch)
        }
        expect(second.state()).toEqual(first.state())
        const { rows } = cloud(3, 6)
        expect(second.scores(rows)).toEqual(first.scores(rows))
      }
    )
    fc.assert(law, { numRuns: 25 })
  })

  it("say when a state is of another kind or width", () => {
    expect(() => make(3, {})).toThrow("lacks")
    if ("scatter/root" in make(2).state())
      expect(() => make(3, make(2).state())).toThrow(/for \d features and this one for \d/)
  })
})
