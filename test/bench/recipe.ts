/**
 * What each part of a recipe costs and saves in a training step, as shares of one that trains all units: processor time
 * of TensorFlow on one thread, batches of 16, in turns, medians. Waiting for neighbours does not count.
 */
import * as Judge from "@edgeol/backends/tfjs/Judge"
import * as Latents from "@edgeol/backends/tfjs/Latents"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Round from "@edgeol/backends/tfjs/Round"
import * as Store from "@edgeol/backends/tfjs/Store"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import * as Examples from "@edgeol/core/Examples"
import type { Recipe } from "@edgeol/core/Recipe"
import * as Rng from "@edgeol/core/Rng"
import { Effect } from "effect"

export interface Depth {
  /** A step with the prefix frozen, and one with its activations kept from the epoch before. */
  readonly computed: number
  readonly cached: number
  /** Activations kept for one sample; the sample itself has 3,072. */
  readonly bytes: number
}

export interface Result {
  readonly milliseconds: number
  /** By the number of frozen units. */
  readonly frozen: Readonly<Record<string, Depth>>
  /** A step with as many stored samples as new ones, and the store of 256. */
  readonly replay: { readonly step: number; readonly bytes: number }
  /** Judging a sample to choose the hardest, against learning it once. */
  readonly judging: number
  /** How far the losses of ten cached steps are from those of computed ones, at most. */
  readonly difference: number
}

const batch = 16
/** Steps of an epoch; the first epoch of a round does not count. */
const epoch = 4
const turns = 8
const training: Round.Training = { learningRate: 0.001, momentum: 0.9, weightDecay: 0, batchSize: batch, epochs: 2 }

const noise = (count: number, { shape, classes }: Model.Model): Examples.Examples => {
  const rng = Rng.named(1, "recipe")
  const inputs = Uint8Array.from({ length: count * shape[0] * shape[1] * shape[2] }, () => rng.below(256))
  return { count, shape, inputs, labels: Int32Array.from({ length: count }, (_, i) => i % classes) }
}

type Of = { readonly depth: number; readonly recipe: Recipe }

/** Rounds of one model, each begun afresh. */
const rounds = (net: Net.Net) => {
  const { model, tf } = net
  const samples = noise(epoch * batch, model)
  const learned = {
    weights: Weights.fromArrays(tf, Model.initial(model, 1)),
    slots: new Map(),
    seen: Array.from({ length: model.classes }, () => true),
    iteration: 0,
    rng: Rng.named(1, "minibatches").state()
  }
  const stored = (recipe: Recipe) => (recipe.replay === undefined ? Examples.empty(model.shape) : noise(256, model))
  return <A>({ depth, recipe }: Of, use: (round: Round.Round) => A): A => {
    const frozen = model.units.map((_, unit) => unit < depth)
    const round = Round.begin(net, training, { ...learned, frozen }, samples, { recipe, stored: stored(recipe) })
    const result = use(round)
    round.release(false)
    return result
  }
}

/** Processor seconds of this thread, in which TensorFlow's one thread works. */
const busy = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}

const timed = (act: () => void): number => {
  const before = busy()
  act()
  return busy() - before
}

/** Of each, the median over the turns. */
const inTurns = <K extends string>(measured: Readonly<Record<K, () => number>>): Readonly<Record<K, number>> => {
  const names = Object.keys(measured) as Array<K>
  const all = new Map<K, Array<number>>(names.map((name) => [name, []]))
  for (let turn = 0; turn <= turns; turn++) {
    for (const name of names) {
      const seconds = measured[name]()
      if (turn > 0) all.get(name)!.push(seconds)
    }
  }
  const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!
  return Object.fromEntries(names.map((name) => [name, median(all.get(name)!)])) as Record<K, number>
}

const measureModel = (net: Net.Net, depths: ReadonlyArray<number>): Result => {
  const begin = rounds(net)
  /** Seconds of a step in the second epoch. */
  const step = (of: Of) => () =>
    begin(of, (round) => {
      for (let i = 0; i < epoch; i++) round.step()
      return timed(() => void Array.from({ length: epoch }, round.step)) / epoch
    })
  const units = Model.fold(net.tf, net.ops, net.model, Weights.fromArrays(net.tf, Model.initial(net.model, 1)))
  const samples = noise(epoch * batch, net.model)
  const all = net.model.units.map(() => true)
  const judging = () => timed(() => void Judge.losses(Net.logits(net, units, samples), samples.labels, all)) / epoch
  const seconds = inTurns({
    full: step({ depth: 0, recipe: {} }),
    replay: step({ depth: 0, recipe: { replay: batch } }),
    judging,
    ...Object.fromEntries(
      depths.flatMap((depth) => [
        [`computed ${depth}`, step({ depth, recipe: {} })],
        [`cached ${depth}`, step({ depth, recipe: { cache: true } })]
      ])
    )
  }) as Readonly<Record<string, number>>
  const share = (name: string) => Number((seconds[name]! / seconds.full!).toFixed(3))
  const byDepth = (depth: number): readonly [string, Depth] => [
    `${depth}`,
    { computed: share(`computed ${depth}`), cached: share(`cached ${depth}`), bytes: latentBytes(net, units, depth) }
  ]
  return {
    milliseconds: Number((1000 * seconds.full!).toFixed(1)),
    frozen: Object.fromEntries(depths.map(byDepth)),
    replay: { step: share("replay"), bytes: Store.bytes(Store.open({ replay: batch }, 1, noise(256, net.model))) },
    judging: share("judging"),
    difference: difference(begin, depths.at(-1)!)
  }
}

const latentBytes = (net: Net.Net, units: Model.FoldedUnits, depth: number): number => {
  const latents = Latents.make(depth, 1)
  Latents.input(net, latents, units, noise(1, net.model), Int32Array.of(0)).dispose()
  return latents.rows.byteLength
}

const difference = (begin: ReturnType<typeof rounds>, depth: number): number => {
  const losses = (recipe: Recipe) =>
    begin({ depth, recipe }, (round) => Array.from({ length: 10 }, () => round.step().value.loss))
  const [kept, computed] = [losses({ cache: true }), losses({})]
  return Math.max(...kept.map((loss, i) => Math.abs(loss - computed[i]!)))
}

export const measure = async (): Promise<{ readonly resnet8: Result; readonly sixConv: Result }> => {
  const { tf } = await Effect.runPromise(Tensorflow.load({ threads: 1 }))
  const net = (kind: "ResNet8" | "SixConv") => Net.make(tf, Models.make({ kind, classes: 10 }))
  return { resnet8: measureModel(net("ResNet8"), [1, 2, 3, 4]), sixConv: measureModel(net("SixConv"), [2, 4, 6]) }
}

if (import.meta.main) {
  const result = await measure()
  console.log(process.argv.includes("--json") ? JSON.stringify(result) : JSON.stringify(result, null, 2))
}
