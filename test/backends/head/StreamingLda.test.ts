import * as InverseRoot from "@edgeol/backends/head/InverseRoot"
import * as Rows from "@edgeol/backends/head/Rows"
import * as StreamingLda from "@edgeol/backends/head/StreamingLda"
import * as Cholesky from "@edgeol/sim/cost/Cholesky"
import { describe, expect, it } from "vitest"
import * as Cloud from "./Cloud.ts"
import * as Scatter from "./Scatter.ts"

/** Means, scatter and discriminants as the definition has them: nothing kept but what is defined, all solved anew. */
const plainly = (width: number, memories: ReadonlyArray<number>, shrinkage: number) => {
  const mirror = InverseRoot.make(width, shrinkage)
  const scatter = Scatter.make(width, shrinkage * 16)
  const counts: Array<number> = []
  const means = memories.map((): Array<Float64Array> => [])
  return {
    learn({ rows, labels }: Cloud.Batch): void {
      const deviations = new Float64Array(rows.values.length)
      let old = 0
      labels.forEach((label, i) => {
        const x = rows.values.subarray(i * width, (i + 1) * width)
        const count = counts[label] ?? 0
        const rates = memories.map((memory) => Math.max(1 / (count + 1), 1 / memory))
        const first = means[0]![label] ?? x
        x.forEach((value, j) => (deviations[i * width + j] = Math.sqrt(1 - rates[0]!) * (value - first[j]!)))
        means.forEach(
          (set, k) => (set[label] = x.map((v, j) => rates[k]! * v + (1 - rates[k]!) * (set[label]?.[j] ?? 0)))
        )
        counts[label] = count + 1
        old += count > 0 ? 1 : 0
      })
      const news = { rows: { ...rows, values: deviations }, keep: 1, share: shrinkage, weight: old }
      Scatter.add(scatter, InverseRoot.update(mirror, news).rows, 1)
    },
    /** `μ' Σ⁻¹ x - ½ μ' Σ⁻¹ μ` */
    discriminant(set: number, label: number, x: Float64Array): number {
      const lower = Cholesky.factor(scatter, width)!
      const mean = means[set]![label]!
      const solved = Cholesky.solve(lower, width, mean)
      return InverseRoot.scale(mirror) * solved.reduce((sum, value, j) => sum + value * (x[j]! - mean[j]! / 2), 0)
    }
  }
}

describe("streaming discriminant analysis", () => {
  it("gives what its definition gives after 10,000 batches, for all memories", () => {
    const [width, memories] = [5, [20, 100, Infinity]]
    const family = StreamingLda.family({ memories, priors: [0] })(width)
    const plain = plainly(width, memories, StreamingLda.defaults.shrinkage)
    const cloud = Cloud.make(3, width)
    for (let batch = 0; batch < 10_000; batch++) {
      const samples = cloud(1 + (batch % 4), Math.min(5, 1 + Math.floor(batch / 50)))
      family.learn(samples.rows, samples.labels)
      plain.learn(samples)
    }
    const { rows } = cloud(20, 5)
    family.scores(rows).forEach(({ logits, classes }, set) => {
      const expected = logits.map((_, i) => {
        const row = Math.floor(i / classes)
        return plain.discriminant(set, i % classes, rows.values.subarray(row * width, (row + 1) * width))
      })
      expect(Scatter.gap(logits, expected)).toBeLessThan(1e-6)
    })
  })

  it("reaches the accuracy of the true centres", () => {
    const head = StreamingLda.make({ memories: [Infinity], priors: [0] })(8)
    const cloud = Cloud.make(5, 8, 1)
    for (let i = 0; i < 200; i++) learn(head, cloud(16, 6))
    const test = cloud(2000, 6)
    const late = StreamingLda.make({ memories: [Infinity], priors: [0] })(8)
    learn(late, cloud(4000, 6))
    const [own, best] = [right(head, test), right(late, test)]
    expect(own).toBeGreaterThan(best - 0.02)
    expect(best).toBeGreaterThan(0.7)
  })

  it("expects what came of late by the weight of its prior", () => {
    const shares = [0, 1, 4].map((prior) => {
      const head = StreamingLda.make({ memories: [20], priors: [prior] })(2)
      learn(head, Cloud.make(1, 2, 0.1)(100, 4))
      const last = Cloud.make(2, 2, 0.1)(60, 1)
      learn(head, last)
      return right(head, last)
    })
    expect(shares[1]).toBeGreaterThan(shares[0]!)
    expect(shares[2]).toBeGreaterThanOrEqual(shares[1]!)
    expect(shares[2]).toBeGreaterThan(0.9)
  })
})

const learn = (head: ReturnType<ReturnType<typeof StreamingLda.make>>, { rows, labels }: Cloud.Batch) =>
  head.learn(rows, labels)

const right = (head: ReturnType<ReturnType<typeof StreamingLda.make>>, { rows, labels }: Cloud.Batch): number => {
  const { classes, logits } = head.scores(rows)
  const best = (i: number) => {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    return row.indexOf(Math.max(...row))
  }
  return labels.filter((label, i) => best(i) === label).length / Rows.slice(rows, 0, rows.count).count
}
