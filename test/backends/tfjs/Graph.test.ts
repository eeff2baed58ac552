import { describe, expect, it } from "@effect/vitest"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as FusedOps from "@edgeol/backends/tfjs/FusedOps"
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Step from "@edgeol/backends/tfjs/Step"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Layer from "@edgeol/sim/layers/Layer"
import { Schema } from "effect"

const rates: Step.Rates = { learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 }
const plain: Step.Rates = { learningRate: 0.01, momentum: 0, weightDecay: 0 }
const resnet8: Models.Config = { kind: "ResNet8", classes: 10 }
const mobilenet: Models.Config = { kind: "MobileNetV1", classes: 2 }
const configs: ReadonlyArray<Models.Config> = [
  resnet8,
  mobilenet,
  { kind: "ConvNet", shape: [32, 32, 3], classes: 18, widths: [16, 32, 32] },
  { kind: "SixConv", classes: 10 },
  { kind: "VisionTransformer", shape: [32, 32, 3], classes: 10, patch: 4, width: 48, depth: 3, heads: 4 }
]
const of = (config: Models.Config) => Graph.of(Models.make(config), rates)

/** Whether a convolution with a bias is one kernel here; TensorFlow's own are two, and the graph counts oneDNN's. */
const fused = () => {
  const { tf } = Engine.start(1)
  const ops = FusedOps.of(tf)
  const before = ops.calls()
  tf.tidy(() => void ops.convBias(tf.zeros([1, 2, 2, 1]), tf.zeros([1, 1, 1, 1]), tf.zeros([1]), 1))
  return ops.calls() - before === 1
}

it("finds the multiply-adds that are published", () => {
  // Layer by layer from the Keras graphs: 12.50 M and 7.49 M.
  expect(Layer.macs(of(resnet8))).toBe(12_501_632)
  expect(Layer.macs(of(mobilenet))).toBe(7_489_664)
})

it("names layers after their weights", () => {
  const { layers } = of(resnet8)
  expect(layers.map(({ name }) => name).slice(0, 9)).toEqual([
    "input",
    "stem",
    "stem/norm",
    "stack1/a",
    "stack1/a/norm",
    "stack1/b",
    "stack1/b/norm",
    "stack1/add",
    "stack1/activation"
  ])
  const stem = layers[1]!
  expect(stem).toMatchObject({ macs: 32 * 32 * 27 * 16, weights: 432, weightBytes: 4 * 448, entry: true })
  expect([stem.inputBytes, stem.outputBytes]).toEqual([32 * 32 * 3 * 4, 32 * 32 * 16 * 4])
  expect(layers.filter(({ unit, entry }) => unit === 2 && entry).map(({ name }) => name)).toEqual([
    "stack2/a",
    "stack2/shortcut",
    "stack2/add"
  ])
})

describe.each(configs)("$kind", (config) => {
  const { tf } = Engine.start(1)
  const ops = FusedOps.of(tf)
  const model = Models.make(config)
  const network = Graph.of(model, rates)

  it("has every weight once, and is plain data", () => {
    const numbers = (names: (kind: string) => boolean) =>
      [...Model.initial(model, 1)].reduce(
        (sum, [name, { values }]) => sum + (names(Model.kinds(model).get(name)!) ? values.length : 0),
        0
      )
    const sum = (field: "weights" | "weightBytes") => network.layers.reduce((total, layer) => total + layer[field], 0)
    expect(sum("weights")).toBe(numbers((kind) => kind !== "statistic"))
    expect(sum("weightBytes")).toBe(4 * numbers(() => true))
    expect(Schema.decodeUnknownSync(Layer.Network)(JSON.parse(JSON.stringify(network)))).toEqual(network)
    expect(new Set(network.layers.map(({ name }) => name)).size).toBe(network.layers.length)
  })

  it.skipIf(!fused()).each([rates, plain])("counts the kernels that TensorFlow is asked for, at every depth", (own) => {
    const { layers } = Graph.of(model, own)
    model.units.forEach((_, depth) => {
      const weights = Weights.fromArrays(tf, Model.initial(model, 1))
      const slots = own.momentum > 0 ? Weights.copy(tf, weights) : new Map()
      const frozen = Model.fold(tf, ops, model, weights, (unit) => unit < depth)
      const mask = tf.zeros([model.classes])
      const x = tf.zeros([2, ...model.shape])
      const before = ops.calls()
      Step.run(tf, ops, { model, weights, slots, frozen, mask }, own, x, tf.tensor1d([0, 1], "int32"))
      const expected = layers.reduce((sum, layer) => sum + Layer.launches(layer, depth), 0)
      expect(expected, `depth ${depth}`).toBe(ops.calls() - before)
    })
  })
})
