import { expect, it } from "@effect/vitest"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Step from "@edgeol/backends/tfjs/Step"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Rng from "@edgeol/core/Rng"
import * as Layer from "@edgeol/sim/layers/Layer"
import { Schema } from "effect"

const { tf } = Engine.start(1)
type Tensor = ReturnType<typeof tf.tensor>

const config: Models.Config = { kind: "Mlp", shape: [1, 1, 12], classes: 3, widths: [7, 5] }
const model = Models.make(config)

it("keeps its description through JSON, which names its weights", () => {
  expect(Schema.decodeUnknownSync(Models.Config)(JSON.parse(model.name))).toEqual(config)
  expect([...Model.kinds(model)]).toEqual(
    ["layer1", "layer2", "head"].flatMap((name) => [
      [`${name}/kernel`, "kernel"],
      [`${name}/bias`, "bias"]
    ])
  )
  expect(Layer.macs(Graph.of(model, { learningRate: 0.1, momentum: 0, weightDecay: 0 }))).toBe(12 * 7 + 7 * 5 + 5 * 3)
})

it("is what an experiment asks for by its widths, on the shape of its stream", () => {
  const images = { classes: 3, shape: [1, 1, 12] } as const
  expect(Models.asked({ kind: "mlp", widths: [7, 5] }, images)).toEqual(config)
  expect(Models.asked({ kind: "convnet", widths: [4] }, images)).toMatchObject({ kind: "ConvNet", widths: [4] })
  expect(Models.asked({ kind: "resnet8" }, images)).toEqual({ kind: "ResNet8", classes: 3 })
})

it.each([0, 1, 2])("gives the loss and the gradients of plain operations, %i units frozen", (frozen) => {
  const net = Net.make(tf, model)
  const rates = { learningRate: 0.5, momentum: 0, weightDecay: 0 }
  const arrays = new Map(
    [...Model.initial(model, 3)].map(([name, { shape, values }], i) => {
      return [name, { shape, values: values.map((value, j) => value + 0.1 * Math.sin(11 * i + j)) }] as const
    })
  )
  const x = tf.randomNormal([6, 1, 1, 12], 0, 1, "float32", 2)
  const y = tf.tensor1d([0, 1, 2, 0, 1, 2], "int32")
  const tensors = Object.fromEntries(
    [...arrays].map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])])
  )
  const names = model.units.slice(frozen).flatMap(Model.trainable)
  const loss = (...given: Array<Tensor>) => {
    const w = { ...tensors, ...Object.fromEntries(names.map((name, i) => [name, given[i]!])) }
    const dense = (input: Tensor, name: string) =>
      tf.add<Tensor>(tf.matMul(input, w[`${name}/kernel`]!), w[`${name}/bias`]!)
    const rows = tf.reshape(x, [6, 12])
    const logits = dense(tf.relu(dense(tf.relu(dense(rows, "layer1")), "layer2")), "head")
    return tf.losses.softmaxCrossEntropy<Tensor, Tensor>(tf.oneHot(y, 3), logits)
  }
  const expected = tf.valueAndGrads(loss)(names.map((name) => tensors[name]!))
  const weights = Weights.fromArrays(tf, arrays)
  const units = Model.fold(tf, net.ops, model, weights, (unit) => unit < frozen)
  const state: Step.State = { model, weights, slots: new Map(), frozen: units, mask: tf.zeros([3]) }
  expect(Step.run(tf, net.ops, state, rates, x, y).loss).toBeCloseTo(expected.value.dataSync()[0]!, 5)
  names.forEach((name, i) => {
    const change = tf.div(tf.sub(tensors[name]!, weights.get(name)!), rates.learningRate)
    expect(tf.max(tf.abs(tf.sub(change, expected.grads[i]!))).dataSync()[0], name).toBeLessThan(2e-5)
  })
  expect(names).toHaveLength(6 - 2 * frozen)
})

it("learns rows of bytes, and its units can be compared", () => {
  const model = Models.make({ ...config, widths: [24, 12] })
  const net = Net.make(tf, model)
  const rng = Rng.named(1, "rows")
  const labels = Int32Array.from({ length: 60 }, (_, i) => i % 3)
  const inputs = Uint8Array.from(
    { length: 720 },
    (_, i) => rng.below(100) + (i % 3 === Math.floor(i / 12) % 3 ? 120 : 0)
  )
  const examples = { count: 60, shape: [1, 1, 12], inputs, labels } as const
  const weights = Weights.fromArrays(tf, Model.initial(model, 1))
  const none = model.units.map(() => undefined)
  const state: Step.State = { model, weights, slots: new Map(), frozen: none, mask: tf.zeros([3]) }
  const x = Net.input(net, examples, [...labels.keys()])
  for (let i = 0; i < 60; i++) {
    Step.run(tf, net.ops, state, { learningRate: 0.05, momentum: 0.9, weightDecay: 0 }, x, tf.tensor1d(labels, "int32"))
  }
  Net.folded(net, weights, (units) => {
    const logits = Net.logits(net, units, examples)
    const right = labels.filter((label, i) => logits[3 * i + label] === Math.max(...logits.subarray(3 * i, 3 * i + 3)))
    expect(right.length).toBeGreaterThan(57)
    expect(Net.grams(net, units, examples).map(({ length }) => length)).toEqual([3600, 3600, 3600])
  })
})
