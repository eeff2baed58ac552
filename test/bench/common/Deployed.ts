/** An experiment's model as it is deployed, with its parts in the open: for benchmarks of what no learner shows. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import type * as Learned from "@edgeol/backends/tfjs/Learned"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Round from "@edgeol/backends/tfjs/Round"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Initial from "@edgeol/cli/Initial"
import * as Settings from "@edgeol/cli/Settings"
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import * as Feed from "@edgeol/streams/Feed"
import { Effect, Option } from "effect"
import { data } from "../../data.ts"

export interface Deployed {
  readonly feed: Feed.Feed
  readonly net: Net.Net
  readonly training: Round.Training
  readonly learned: Learned.Learned
}

/** On one thread. */
export const open = (stream: string, seed: number): Promise<Deployed> =>
  Effect.gen(function* () {
    const none = { device: Option.none(), threads: Option.some(1) }
    const world = yield* Settings.world({ stream, data, rounds: "warm", clock: "measured", ...none })
    const feed = yield* Effect.fromResult(Feed.make(world.stream(seed), world.experiment, seed))
    const folder = mkdtempSync(join(tmpdir(), "edgeol-bench-"))
    const { model, ...options } = yield* Initial.options(world, feed, folder)
    const { learningRate, epochs } = world.experiment.initial
    const training = { ...options.training, learningRate }
    const learner = yield* TfjsLearner.make({ model, ...options, training })
    yield* learner.pretrain(feed.initial.train, epochs)
    const { tf } = yield* Tensorflow.load({ threads: 1 })
    const net = Net.make(tf, Models.make(model))
    const weights = Weights.fromArrays(tf, yield* learner.weights)
    rmSync(folder, { recursive: true })
    const learned = {
      weights,
      slots: new Map(),
      seen: Array.from({ length: net.model.classes }, (_, label) => feed.initial.train.labels.includes(label)),
      frozen: net.model.units.map(() => false),
      iteration: 0,
      rng: Rng.named(seed, "minibatches").state()
    }
    return { feed, net, training: options.training, learned }
  }).pipe(Effect.scoped, Effect.runPromise)

/** What a round on these samples makes of it; the old stays as it is. */
export const trained = (
  { net, training }: Deployed,
  learned: Learned.Learned,
  samples: Examples,
  afterStep: (now: Learned.Learned) => void = () => {}
): Learned.Learned => {
  const round = Round.begin(net, training, learned, samples)
  for (let i = 0; i < round.steps; i++) {
    round.step()
    afterStep(round.learned())
  }
  round.release(true)
  return round.learned()
}

export const folded = ({ net }: Deployed, { weights }: Learned.Learned): Model.FoldedUnits =>
  Model.fold(net.tf, net.ops, net.model, weights)
