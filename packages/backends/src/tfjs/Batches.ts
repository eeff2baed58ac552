/** Which examples each optimiser step sees. */
import type { Rng } from "@edgeol/core/Rng"

/**
 * Every epoch is a new permutation, cut into minibatches that differ by at most one example and have at most
 * `batchSize`: a rest of one or two examples would give batch norm nothing to average.
 */
export const plan = (count: number, batchSize: number, epochs: number, rng: Rng): ReadonlyArray<Int32Array> => {
  if (count === 0) return []
  const perEpoch = Math.ceil(count / batchSize)
  return Array.from({ length: epochs }, () => {
    const order = rng.permutation(count)
    return Array.from({ length: perEpoch }, (_, i) =>
      order.slice(Math.floor((i * count) / perEpoch), Math.floor(((i + 1) * count) / perEpoch))
    )
  }).flat()
}

/** The same minibatches, each with so many of the `stored` examples that follow the first `count`, none of them twice. */
export const mixed = (
  plan: ReadonlyArray<Int32Array>,
  count: number,
  stored: number,
  each: number,
  rng: Rng
): ReadonlyArray<Int32Array> =>
  each === 0 || stored === 0
    ? plan
    : plan.map((own) =>
        Int32Array.of(
          ...own,
          ...rng
            .permutation(stored)
            .slice(0, each)
            .map((i) => count + i)
        )
      )
