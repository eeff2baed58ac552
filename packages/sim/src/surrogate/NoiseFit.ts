/**
 * How models of real training scatter about the fitted accuracy: by a share of the binomial deviation of their accuracy, in
 * part anew with every dozen steps, in part for good.
 */
import * as Accuracy from "./Accuracy.ts"
import type { Recording } from "./Recording.ts"

export interface Noise {
  /** Deviation is `scale · sqrt(a (1 - a))`, of an accuracy `a` kept from 0 and 1. */
  readonly scale: number
  /** Share of the variance that passes, and steps in which it falls to 1/e of itself. */
  readonly passing: number
  readonly steps: number
}

/** Kept off the ends, where a model is still not sure to be right or wrong. */
export const deviation = (accuracy: number): number => {
  const a = Math.min(0.97, Math.max(0.03, accuracy))
  return Math.sqrt(a * (1 - a))
}

/** A factor that falls as `exp(-x)` does nearly, without a transcendental function. */
export const decay = (x: number): number => 1 / (1 + x + (x * x) / 2 + (x * x * x) / 6)

interface Pair {
  readonly steps: number
  readonly product: number
}

export const fit = (
  recordings: ReadonlyArray<Recording>,
  twinOf: (seed: number) => Accuracy.Twin,
  shared: Accuracy.Shared
): Noise => {
  const pairs: Array<Pair> = []
  let [squares, weight] = [0, 0]
  for (const one of recordings) {
    const expected = new Float64Array(one.sights.length)
    Accuracy.replay(Accuracy.model(shared, twinOf(one.seed)), one, expected, 0)
    const scatter = new Map<string, number>()
    for (const [i, { version, scene, accuracy, requests }] of one.sights.entries()) {
      if (version === 0) continue
      const z = (accuracy - expected[i]!) / deviation(expected[i]!)
      scatter.set(`${version}/${scene}`, z)
      squares += requests * z * z
      weight += requests
    }
    for (const { version, scene, requests } of one.sights) {
      const [z, next] = [scatter.get(`${version}/${scene}`), scatter.get(`${version + 1}/${scene}`)]
      if (requests === 0 || z === undefined || next === undefined) continue
      pairs.push({ steps: one.rounds[version]!.depths.length, product: z * next })
    }
  }
  const variance = squares / weight
  const errorOf = (passing: number, steps: number) =>
    pairs.reduce((sum, pair) => {
      const expected = passing * decay(pair.steps / steps) + 1 - passing
      return sum + (pair.product / variance - expected) ** 2
    }, 0)
  let best = { passing: 1, steps: 10, error: Infinity }
  for (let passing = 0.4; passing <= 1.0001; passing += 0.05) {
    for (let steps = 4; steps <= 128; steps *= 1.25) {
      const error = errorOf(passing, steps)
      if (error < best.error) best = { passing, steps, error }
    }
  }
  return { scale: Math.sqrt(variance), passing: best.passing, steps: best.steps }
}
