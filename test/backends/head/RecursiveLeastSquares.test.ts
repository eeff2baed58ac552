import * as Head from "@edgeol/backends/head/Head"
import * as InverseRoot from "@edgeol/backends/head/InverseRoot"
import * as RecursiveLeastSquares from "@edgeol/backends/head/RecursiveLeastSquares"
import * as Rows from "@edgeol/backends/head/Rows"
import * as Cholesky from "@edgeol/sim/cost/Cholesky"
import { describe, expect, it } from "vitest"
import * as Cloud from "./Cloud.ts"
import * as Scatter from "./Scatter.ts"

describe("recursive least squares", () => {
  it.each([Infinity, 400, 40])("is a full solve after 10,000 batches, with a memory of %d samples", (memory) => {
    const [width, ridge] = [7, 1e-2]
    const size = width + 1
    const head = RecursiveLeastSquares.make({ memory, ridge, sharpness: 1 })(width)
    const cloud = Cloud.make(1, width)
    // Only to know which ridge was added when.
    const mirror = InverseRoot.make(size, ridge)
    const scatter = Scatter.make(size, ridge * 16)
    const targets = Array.from({ length: 6 }, () => new Float64Array(size))
    for (let batch = 0; batch < 10_000; batch++) {
      const classes = Math.min(6, 2 + Math.floor(batch / 100))
      const { rows, labels } = cloud(1 + (batch % 5), classes)
      head.learn(rows, labels)
      const keep = Head.kept(memory, rows.count)
      const news = { rows: Rows.withOne(rows), keep, share: ridge, weight: rows.count }
      Scatter.add(scatter, InverseRoot.update(mirror, news).rows, keep)
      for (const target of targets) target.forEach((value, j) => (target[j] = keep * value))
      labels.forEach((label, i) =>
        targets[label]!.forEach((value, j) => (targets[label]![j] = value + news.rows.values[i * size + j]!))
      )
    }
    const lower = Cholesky.factor(scatter, size)!
    const { weights } = head.state()
    targets.forEach((target, c) => {
      const own = weights!.subarray(c * size, (c + 1) * size)
      expect(Scatter.gap(own, Cholesky.solve(lower, size, target))).toBeLessThan(1e-6)
    })
  })

  it("follows a change that a head which forgets nothing does not", () => {
    const accuracy = (memory: number) => {
      const head = RecursiveLeastSquares.make({ memory })(6)
      const [before, after] = [Cloud.make(1, 6), Cloud.make(2, 6)]
      for (let i = 0; i < 100; i++) learn(head, before(16, 4))
      for (let i = 0; i < 10; i++) learn(head, after(16, 4))
      return right(head, after(400, 4))
    }
    expect(accuracy(100)).toBeGreaterThan(accuracy(Infinity) + 0.1)
  })
})

const learn = (head: Head.Head, { rows, labels }: Cloud.Batch) => head.learn(rows, labels)

const right = (head: Head.Head, { rows, labels }: Cloud.Batch): number => {
  const { classes, logits } = head.scores(rows)
  const hits = labels.filter((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    return row.indexOf(Math.max(...row)) === label
  })
  return hits.length / labels.length
}
