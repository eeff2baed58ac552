import * as Committee from "@edgeol/backends/head/Committee"
import * as Head from "@edgeol/backends/head/Head"
import * as Hedge from "@edgeol/backends/head/Hedge"
import * as Rows from "@edgeol/backends/head/Rows"
import * as StreamingLda from "@edgeol/backends/head/StreamingLda"
import * as Rng from "@edgeol/core/Rng"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Cloud from "./Cloud.ts"

/** A head of one's own: sure of one class, whatever it sees. Three functions. */
const stubborn =
  (answer: number): Head.Make =>
  () => ({
    scores: ({ count }) => ({
      classes: answer + 1,
      logits: Float64Array.from({ length: count * (answer + 1) }, (_, i) => (i % (answer + 1) === answer ? 0 : -3))
    }),
    learn: () => {},
    state: () => ({})
  })

const families = [Head.alone("always 0", stubborn(0)), StreamingLda.family({ memories: [20], priors: [0, 4] })]

describe("a committee", () => {
  it("of the default heads learns what one of them would, and its confidence comes true", () => {
    const committee = Committee.make(6)
    const cloud = Cloud.make(1, 6, 0.9)
    let [right, sure, count] = [0, 0, 0]
    for (let i = 0; i < 150; i++) {
      const { rows, labels } = cloud(16, 5)
      const answers = committee.learn(rows, labels)
      if (i < 50) continue
      right += answers.labels.filter((label, k) => label === labels[k]).length
      sure += answers.confidence.reduce((sum, value) => sum + value, 0)
      count += 16
    }
    expect(right / count).toBeGreaterThan(0.7)
    expect(right / count).toBeLessThan(0.97)
    expect(Math.abs(sure - right) / count).toBeLessThan(0.04)
  })

  it("takes in a head of one's own, and follows it only where it is right", () => {
    const weight = (often: number, rarely: number) => {
      const committee = Committee.make(2, { families, weighting: Hedge.fixedShare(4, 0.01) })
      expect(committee.names).toEqual(["always 0", "LDA, memory 20, prior 0", "LDA, memory 20, prior 4"])
      const noise = Cloud.make(3, 2)
      for (let i = 0; i < 40; i++)
        committee.learn(
          noise(16, 1).rows,
          Int32Array.from({ length: 16 }, (_, k) => (k % 4 === 0 ? rarely : often))
        )
      return { own: committee.weights()[0]!, first: committee.classes()[0], committee }
    }
    // Heads know classes by the order in which they came; class 0 is the first to come.
    const right = weight(4, 4)
    expect(right.first).toBe(4)
    const wrong = weight(4, 9)
    expect(wrong.first).toBe(9)
    expect(right.own).toBeGreaterThan(10 * wrong.own)
    expect(wrong.committee.predict(Cloud.make(4, 2)(5, 1).rows).labels).toEqual(new Int32Array(5).fill(4))
  })

  it("loses what its heads lose by weight, so a bound on regret bounds its own answers", () => {
    let switched = 0
    const law = fc.property(fc.nat(), fc.integer({ min: 2, max: 25 }), (seed, batches) => {
      const rng = Rng.named(seed, "batches")
      const members = [0, 1, 2].map((answer) => Head.alone(`always ${answer}`, stubborn(answer)))
      const [eta, share] = [4, 0.01]
      const committee = Committee.make(1, { families: members, weighting: Hedge.fixedShare(eta, share) })
      const one = Rows.of(new Float64Array(16), 1)
      committee.learn(Rows.of([0, 0, 0], 1), Int32Array.of(0, 1, 2)) // classes by their own numbers
      let mix = 0
      const losses = [0, 0, 0]
      for (let i = 0; i < batches; i++) {
        const label = rng.below(3)
        const labels = new Int32Array(16).fill(label)
        const heads = members.map((_, k) => alone(k, committee, label))
        const weights = committee.weights()
        const { probabilities } = committee.learn(one, labels)
        const lost = 1 - probabilities[label]!
        expect(lost).toBeCloseTo(
          weights.reduce((sum, weight, k) => sum + weight * heads[k]!, 0),
          9
        )
        heads.forEach((loss, k) => (losses[k] = losses[k]! + loss))
        mix += lost
        switched += weights.indexOf(Math.max(...weights)) === label ? 0 : 1
      }
      // The first batch, which made the classes known, was a round too: hence one more.
      const bound = Hedge.fixedShareRegret(eta, share, 3, batches + 1, 0)
      expect(mix).toBeLessThanOrEqual(Math.min(...losses) + bound + 1e-9)
    })
    fc.assert(law, { numRuns: 100 })
    expect(switched).toBeGreaterThan(50)
  })

  it("has no answer before it learnt", () => {
    const { labels, confidence, energy, probabilities } = Committee.make(2).predict(Rows.of([1, 2, 3, 4], 2))
    expect([...labels]).toEqual([-1, -1])
    expect([...confidence]).toEqual([0, 0])
    expect([...energy]).toEqual([Infinity, Infinity])
    expect(probabilities.length).toBe(0)
  })

  it("takes labels of any number, in any order, and rows with unusable numbers", () => {
    const committee = Committee.make(2)
    const cloud = Cloud.make(1, 2)
    const { rows } = cloud(4, 2)
    committee.learn(rows, Int32Array.of(1_000_000, 5, 1_000_000, 5))
    committee.learn(Rows.of([NaN, 0, 1, 1], 2), Int32Array.of(77, 8))
    expect(committee.classes()).toEqual([1_000_000, 5, 8])
    const answers = committee.predict(Rows.of([NaN, Infinity, 0, 0], 2))
    for (let i = 0; i < 2; i++) {
      const row = answers.probabilities.subarray(3 * i, 3 * i + 3)
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
      expect(Number.isFinite(answers.energy[i])).toBe(true)
    }
    expect(answers.labels[0]).toBe(answers.labels[1])
  })

  it("refuses features of another width", () => {
    expect(() => Committee.make(3).predict(Rows.of([1, 2], 2))).toThrow("features of 2 numbers for a head of 3")
  })

  it("goes on from its state to the same bits", () => {
    const law = fc.property(fc.nat(), fc.integer({ min: 0, max: 10 }), (seed, before) => {
      const cloud = Cloud.make(seed, 3)
      const first = Committee.make(3)
      const learn = (committee: Committee.Committee, { rows, labels }: Cloud.Batch) => committee.learn(rows, labels)
      for (let i = 0; i < before; i++) learn(first, cloud(16, 1 + Math.floor(i / 3)))
      const second = Committee.make(3, Committee.defaults, structuredClone(first.state()))
      for (let i = 0; i < 3; i++) {
        const batch = cloud(20, 5)
        expect(learn(second, batch)).toEqual(learn(first, batch))
      }
      expect(second.state()).toEqual(first.state())
      expect(second.classes()).toEqual(first.classes())
    })
    fc.assert(law, { numRuns: 15 })
  })
})

/** What a member alone loses on a label, by the committee's sharpness of it. */
const alone = (member: number, committee: Committee.Committee, label: number): number => {
  const sharpness = Math.exp(committee.state()["sharpness"]![member]!)
  const rest = member * Math.exp(-3 * sharpness)
  if (label > member) return 1
  return 1 - (label === member ? 1 : Math.exp(-3 * sharpness)) / (1 + rest)
}
