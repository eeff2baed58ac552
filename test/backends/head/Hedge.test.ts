import * as Hedge from "@edgeol/backends/head/Hedge"
import * as Rng from "@edgeol/core/Rng"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

/** An adversary sees the weights before it chooses the losses. */
type Adversary = (weights: Float64Array, rng: Rng.Rng, totals: Float64Array) => Float64Array

const at = (weights: Float64Array, best: (a: number, b: number) => number): number =>
  weights.indexOf(weights.reduce(best))

const adversaries: Readonly<Record<string, Adversary>> = {
  random: (weights, rng) => weights.map(() => rng.below(11) / 10),
  "all or nothing": (weights, rng) => weights.map(() => rng.below(2)),
  "hits the heaviest": (weights) => weights.map((_, k) => (k === at(weights, Math.max) ? 1 : 0)),
  "spares the lightest": (weights) => weights.map((_, k) => (k === at(weights, Math.min) ? 0 : 1)),
  "spares who lost most": (weights, _, totals) => weights.map((_, k) => (k === at(totals, Math.max) ? 0 : 1)),
  "hits who lost least": (weights, _, totals) => weights.map((_, k) => (k === at(totals, Math.min) ? 1 : 0)),
  "spares the first": (weights) => weights.map((_, k) => (k === 0 ? 0 : 1)),
  nothing: (weights) => weights.map(() => 0)
}

/** Stretches of rounds, each under an adversary. */
const tapes = fc.record({
  experts: fc.integer({ min: 1, max: 12 }),
  seed: fc.nat(),
  stretches: fc.array(fc.tuple(fc.constantFrom(...Object.keys(adversaries)), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 6
  })
})
type Tape = typeof tapes extends fc.Arbitrary<infer A> ? A : never

/** Plays a tape: the mix's loss and the losses of all experts in all rounds. */
const play = (weighting: Hedge.Weighting, { experts, seed, stretches }: Tape) => {
  const rng = Rng.named(seed, "losses")
  const totals = new Float64Array(experts)
  const losses: Array<Float64Array> = []
  let state = weighting.initial(experts)
  let mix = 0
  for (const [name, rounds] of stretches) {
    for (let i = 0; i < rounds; i++) {
      const weights = weighting.weights(state)
      expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
      const loss = adversaries[name]!(weights, rng, totals)
      mix += weights.reduce((sum, weight, k) => sum + weight * loss[k]!, 0)
      loss.forEach((value, k) => (totals[k] = totals[k]! + value))
      losses.push(loss)
      state = weighting.update(state, loss)
    }
  }
  return { mix, losses, best: Math.min(...totals) }
}

/** The least loss of any sequence of experts with at most so many switches. */
const tracked = (losses: ReadonlyArray<Float64Array>, switches: number): number => {
  let best = Array.from({ length: switches + 1 }, () => new Float64Array(losses[0]!.length))
  for (const loss of losses) {
    const before = best
    best = before.map((row, s) => {
      const from = s === 0 ? Infinity : Math.min(...before[s - 1]!)
      return row.map((value, k) => Math.min(value, from) + loss[k]!)
    })
  }
  return Math.min(...best.at(-1)!)
}

const slack = 1e-9

describe("regret", () => {
  it("of Hedge is within ln K / eta + eta T / 8", () => {
    let tight = 0
    const law = fc.property(tapes, fc.integer({ min: 1, max: 40 }), (tape, tenths) => {
      const eta = tenths / 10
      const { mix, losses, best } = play(Hedge.fixedShare(eta, 0), tape)
      const bound = Math.log(tape.experts) / eta + (eta * losses.length) / 8
      expect(Hedge.fixedShareRegret(eta, 0, tape.experts, losses.length, 0)).toBeCloseTo(bound, 9)
      expect(mix).toBeLessThanOrEqual(best + bound + slack)
      tight += mix > best + bound / 3 ? 1 : 0
    })
    fc.assert(law, { numRuns: 500 })
    expect(tight).toBeGreaterThan(10)
  })

  it("of fixed share is within the bound for every number of switches", () => {
    let gained = 0
    const shares = fc.constantFrom(0.001, 0.01, 0.1, 0.5)
    const law = fc.property(tapes, fc.constantFrom(0.5, 1, 4), shares, (tape, eta, share) => {
      const { mix, losses, best } = play(Hedge.fixedShare(eta, share), tape)
      for (let switches = 0; switches < Math.min(8, losses.length); switches++) {
        const bound = Hedge.fixedShareRegret(eta, share, tape.experts, losses.length, switches)
        const rival = tracked(losses, switches)
        expect(mix).toBeLessThanOrEqual(rival + bound + slack)
        gained += rival < best - 1 ? 1 : 0
      }
    })
    fc.assert(law, { numRuns: 500 })
    expect(gained).toBeGreaterThan(100)
  })

  it("of AdaHedge is within sqrt(T ln K) + 4/3 ln K + 2", () => {
    let regretted = 0
    const law = fc.property(tapes, (tape) => {
      const { mix, losses, best } = play(Hedge.adaHedge, tape)
      expect(mix).toBeLessThanOrEqual(best + Hedge.adaHedgeRegret(tape.experts, losses.length) + slack)
      regretted += mix > best + 2 ? 1 : 0
    })
    fc.assert(law, { numRuns: 500 })
    expect(regretted).toBeGreaterThan(50)
  })
})
