/** Whether 2,000 training steps leave tensors or resident memory behind, after a warm-up. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as ConvNet from "@edgeol/backends/tfjs/ConvNet"
import * as Step from "@edgeol/backends/tfjs/Step"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import { Effect } from "effect"

export interface Result {
  readonly tensorsBefore: number
  readonly tensorsAfter: number
  /** Resident memory after the steps over that before them, less 1; reached at 0.05. */
  readonly rssGrowth: number
}

const steps = 2000
const ahead = 500
const classes = 10

export const measure = async (): Promise<Result> => {
  const { tf } = await Effect.runPromise(Tensorflow.load())
  const net = Net.make(tf, ConvNet.make({ kind: "ConvNet", shape: [32, 32, 3], classes, widths: [16, 32, 32] }))
  const weights = Weights.fromArrays(tf, Model.initial(net.model, 1))
  const mask = tf.zeros([classes])
  const slots: Weights.Weights = new Map()
  const rates = { learningRate: 0.001, momentum: 0.9, weightDecay: 1e-4 }
  const samples = noise(64)

  /** As a round does it: other examples, and another frozen prefix, from time to time. */
  const run = (count: number) => {
    for (let i = 0; i < count; i += 50) {
      const frozen = Model.fold(tf, net.ops, net.model, weights, (unit) => unit < (i / 50) % 3)
      for (let j = 0; j < 50; j++) train({ model: net.model, weights, slots, frozen, mask }, j)
      Model.release(frozen)
    }
  }
  const train = (state: Step.State, from: number) => {
    const positions = Int32Array.from({ length: 16 }, (_, i) => (from + 3 * i) % samples.count)
    const images = Net.input(net, samples, positions)
    const labels = tf.tensor1d(
      positions.map((position) => samples.labels[position]!),
      "int32"
    )
    Step.run(tf, net.ops, state, rates, images, labels)
    tf.dispose([images, labels])
  }

  run(ahead)
  const [tensorsBefore, before] = [tf.memory().numTensors, resident()]
  run(steps)
  const [tensorsAfter, after] = [tf.memory().numTensors, resident()]
  return { tensorsBefore, tensorsAfter, rssGrowth: Number((after / before - 1).toFixed(4)) }
}

/** Bytes, without what JavaScript would collect sooner or later. */
const resident = (): number => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  collect()
  return process.memoryUsage.rss()
}

const noise = (count: number): Examples => {
  const rng = Rng.named(1, "noise")
  const inputs = Uint8Array.from({ length: count * 32 * 32 * 3 }, () => rng.below(256))
  return { count, shape: [32, 32, 3], inputs, labels: Int32Array.from({ length: count }, (_, i) => i % classes) }
}

if (import.meta.main) {
  const result = await measure()
  console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
}
