/** What a round holds to train by agreement of views beside labels. */
import * as Examples from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { Tensor } from "@tensorflow/tfjs-node"
import type * as Model from "../Model.ts"
import * as Net from "../Net.ts"
import * as Weights from "../Weights.ts"
import * as Augment from "./Augment.ts"
import * as SimSiam from "./SimSiam.ts"

export interface Beside {
  readonly branched: Model.Model
  /** Of its loss in the step's. */
  readonly weight: number
  /** Both views of these samples, first ones first. */
  readonly views: (positions: ArrayLike<number>) => Tensor
}

/** Heads that are not among the weights yet begin there. Takes one number from the round's generator. */
export const begin = (
  net: Net.Net,
  weights: Weights.Weights,
  samples: Examples.Examples,
  weight: number,
  rng: Rng.Rng
): Beside => {
  const branched = SimSiam.branch(net.model)
  const seed = rng.below(2 ** 32)
  for (const [name, { shape, values }] of SimSiam.initial(branched, seed)) {
    if (!weights.has(name)) Weights.put(net.tf, weights, name, net.tf.tensor(values, [...shape]))
  }
  const own = Net.make(net.tf, net.model) // a buffer of its own: the samples' is in use at the same time
  const chance = Rng.named(seed, "views")
  const views = (positions: ArrayLike<number>): Tensor => {
    const both = [Augment.view(samples, positions, chance), Augment.view(samples, positions, chance)]
    return Net.input(
      own,
      Examples.concat(both, samples.shape),
      Array.from({ length: 2 * positions.length }, (_, i) => i)
    )
  }
  return { branched, weight, views }
}
