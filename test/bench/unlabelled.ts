/**
 * What a self-supervised step and a sparse one take, as shares of a plain one: processor time of TensorFlow on one thread,
 * batches of 16, in turns, medians. Beside it, what a sparse step would compute if kernels could skip zeros.
 */
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Round from "@edgeol/backends/tfjs/Round"
import * as Augment from "@edgeol/backends/tfjs/selfSupervised/Augment"
import * as Densities from "@edgeol/backends/tfjs/sparse/Densities"
import * as MultiplyAdds from "@edgeol/backends/tfjs/sparse/MultiplyAdds"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Examples from "@edgeol/core/Examples"
import type { Recipe } from "@edgeol/core/Recipe"
import * as Rng from "@edgeol/core/Rng"

const { tf } = Engine.start(1)
const batch = 16
const turns = 15
const training = { learningRate: 0.001, momentum: 0.9, weightDecay: 1e-4, batchSize: batch, epochs: 1 }
const density = 0.5
const every = 100

const recipes: Readonly<Record<string, Recipe>> = {
  plain: {},
  selfSupervised: { selfSupervised: { weight: 0.5 } },
  sparse: { sparse: { density, every, drop: 0.3 } },
  rewiring: { sparse: { density, every: 1, drop: 0.3 } }
}

/** Processor seconds of this thread, in which TensorFlow's one thread works. */
const busy = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const noise = ({ shape, classes }: Model.Model): Examples.Examples => {
  const rng = Rng.named(1, "unlabelled")
  const inputs = new Uint8Array(batch * shape[0] * shape[1] * shape[2]).map(() => rng.below(256))
  return { count: batch, shape, inputs, labels: Int32Array.from({ length: batch }, (_, i) => i % classes) }
}

const measure = (config: Models.Config) => {
  const net = Net.make(tf, Models.make(config))
  const samples = noise(net.model)
  const learned = {
    weights: Weights.fromArrays(tf, Model.initial(net.model, 1)),
    slots: new Map(),
    seen: Array.from({ length: net.model.classes }, () => true),
    frozen: net.model.units.map(() => false),
    iteration: 1,
    rng: Rng.named(1, "minibatches").state()
  }
  const how = (recipe: Recipe) => ({ recipe, stored: Examples.empty(net.model.shape) })
  const rounds = Object.values(recipes).map((recipe) => Round.begin(net, training, learned, samples, how(recipe)))
  const seconds = rounds.map((): Array<number> => [])
  for (let turn = -2; turn < turns; turn++) {
    rounds.forEach((round, i) => {
      const before = busy()
      round.step()
      if (turn >= 0) seconds[i]!.push(busy() - before)
    })
  }
  rounds.forEach((round) => round.release(false))
  const medians = seconds.map(median)
  const shares = Object.keys(recipes).map((name, i) => [name, medians[i]! / medians[0]!])
  const densities = Densities.of(Densities.kernels(net.model), density)
  return {
    milliseconds: 1000 * medians[0]!,
    ...Object.fromEntries(shares),
    views: making(samples) / medians[0]!,
    ideal: MultiplyAdds.of(Graph.of(net.model, training), densities, every)
  }
}

/** Making both views of a minibatch; a part of the self-supervised step. */
const making = (samples: Examples.Examples): number => {
  const rng = Rng.named(1, "views")
  const places = samples.labels.map((_, i) => i)
  const times = Array.from({ length: turns }, () => {
    const before = busy()
    for (let i = 0; i < 2; i++) Augment.view(samples, places, rng)
    return busy() - before
  })
  return median(times)
}

const result = {
  convnet: measure({ kind: "ConvNet", shape: [32, 32, 3], classes: 14, widths: [16, 32, 32] }),
  resnet8: measure({ kind: "ResNet8", classes: 10 })
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
