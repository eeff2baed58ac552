import { describe, expect, it } from "@effect/vitest"
import * as Features from "@edgeol/backends/head/Features"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Step from "@edgeol/backends/tfjs/Step"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Layer from "@edgeol/sim/layers/Layer"
import { Schema } from "effect"
import * as Problem from "./Problem.ts"

const { tf } = Engine.start(1)
type Tensor = ReturnType<typeof tf.tensor>

/** Sides that patches do not divide, so that there is padding. */
const config = {
  kind: "VisionTransformer",
  shape: [9, 6, 2],
  classes: 4,
  patch: 4,
  width: 8,
  depth: 2,
  heads: 2
} as const satisfies Models.Config
const model = Models.make(config)
const tokens = 6
const rates = { learningRate: 0.5, momentum: 0, weightDecay: 0 }

const x: Tensor = tf.randomNormal([5, ...config.shape], 0, 1, "float32", 7)
const labels = [0, 1, 2, 3, 1]

/** Weights away from their plain start, so that every term of a gradient counts. */
const arrays: Weights.Arrays = new Map(
  [...Model.initial(model, 4)].map(([name, { shape, values }], i) => {
    return [name, { shape, values: values.map((value, j) => value + 0.2 * Math.sin(17 * i + j)) }] as const
  })
)

/** The same in tfjs's own operations, as the papers write it: one head and one sample's matrix after the other. */
const plain = (w: Readonly<Record<string, Tensor>>): Tensor => {
  const { width, heads } = config
  const get = (name: string) => w[name]!
  const linear = (rows: Tensor, name: string) => {
    const kernel = tf.reshape(get(`${name}/kernel`), [rows.shape.at(-1)!, -1])
    const flat: Tensor = tf.matMul(tf.reshape(rows, [-1, rows.shape.at(-1)!]), kernel)
    return tf.reshape(tf.add<Tensor>(flat, get(`${name}/bias`)), [...rows.shape.slice(0, -1), kernel.shape[1]!])
  }
  const norm = (rows: Tensor, name: string) => {
    const { mean, variance } = tf.moments(rows, -1, true)
    const normal = tf.div<Tensor>(tf.sub(rows, mean), tf.sqrt(tf.add(variance, 1e-6)))
    return tf.add<Tensor>(tf.mul(normal, get(`${name}/scale`)), get(`${name}/offset`))
  }
  const attention = (rows: Tensor) => {
    const [q, k, v] = tf.split(rows, 3, -1) as [Tensor, Tensor, Tensor]
    const of = (part: Tensor) => tf.split(part, heads, -1)
    const [qs, ks, vs] = [of(q), of(k), of(v)]
    const outputs = qs.map((query, i) => {
      const scores = tf.div<Tensor>(tf.matMul(query, ks[i]!, false, true), Math.sqrt(width / heads))
      return tf.matMul(tf.softmax(scores, -1), vs[i]!)
    })
    return tf.concat<Tensor>(outputs, -1)
  }
  const gelu = (rows: Tensor) => tf.mul<Tensor>(tf.mul(rows, 0.5), tf.add(tf.erf(tf.div(rows, Math.SQRT2)), 1))
  const patches = tf.conv2d(x as never, get("embed/kernel") as never, 4, "same") as Tensor
  const places = tf.add<Tensor>(tf.add(patches, get("embed/bias")), get("embed/position"))
  let rows: Tensor = tf.reshape(places, [5, tokens, width])
  for (const name of ["block1", "block2"]) {
    const mixed = attention(linear(norm(rows, `${name}/norm1`), `${name}/qkv`))
    rows = tf.add(rows, linear(mixed, `${name}/out`))
    const hidden = gelu(linear(norm(rows, `${name}/norm2`), `${name}/mlp1`))
    rows = tf.add(rows, linear(hidden, `${name}/mlp2`))
  }
  return linear(tf.mean(norm(rows, "head/norm"), 1), "head")
}

const state = (net: Net.Net, frozen: ReadonlyArray<boolean>, mask = tf.zeros([4])): Step.State => {
  const weights = Weights.fromArrays(tf, arrays)
  const units = Model.fold(tf, net.ops, net.model, weights, (unit) => frozen[unit] === true)
  return { model: net.model, weights, slots: new Map(), frozen: units, mask }
}

it("keeps its description through JSON and has a unit for the patches, each block and the head", () => {
  expect(Schema.decodeUnknownSync(Models.Config)(JSON.parse(model.name))).toEqual(config)
  expect(model.units.map(({ name }) => name)).toEqual(["embed", "block1", "block2", "head"])
  const asked = { kind: "vit", patch: 4, width: 8, depth: 2, heads: 2 } as const
  expect(Models.asked(asked, { classes: 4, shape: [9, 6, 2] })).toEqual(config)
  expect(() => Models.make({ ...config, heads: 3 })).toThrow("a transformer of width 8 cannot have 3 heads")
})

describe.each([
  [false, false, false, false],
  [true, false, false, false],
  [false, true, false, false],
  [true, true, false, true],
  [true, true, true, false]
])("with frozen %s %s %s %s", (...frozen) => {
  it("gives the loss and the gradients of plain operations", () => {
    const net = Net.make(tf, model)
    const names = model.units.flatMap((unit, i) => (frozen[i] === true ? [] : Model.trainable(unit)))
    const tensors = Object.fromEntries([...arrays].map(([n, { shape, values }]) => [n, tf.tensor(values, [...shape])]))
    const loss = (...given: Array<Tensor>) => {
      const own = { ...tensors, ...Object.fromEntries(names.map((name, i) => [name, given[i]!])) }
      return tf.losses.softmaxCrossEntropy<Tensor, Tensor>(tf.oneHot(labels, 4), plain(own))
    }
    const expected = tf.valueAndGrads(loss)(names.map((name) => tensors[name]!))
    const now = state(net, frozen)
    const { loss: found } = Step.run(tf, net.ops, now, rates, x, tf.tensor1d(labels, "int32"))
    expect(found).toBeCloseTo(expected.value.dataSync()[0]!, 5)
    names.forEach((name, i) => {
      const change = tf.div(tf.sub(tensors[name]!, now.weights.get(name)!), rates.learningRate)
      const off = tf
        .max(tf.abs(tf.sub(tf.reshape(change, expected.grads[i]!.shape), expected.grads[i]!)))
        .dataSync()[0]!
      expect(off, name).toBeLessThan(3e-5)
    })
    expect(names.length).toBeGreaterThan(3)
    for (const [name, { values }] of arrays) {
      if (!names.includes(name)) expect(now.weights.get(name)!.dataSync(), name).toEqual(values)
    }
  })
})

it("gives gradients that finite differences agree with", () => {
  const net = Net.make(tf, model)
  const at = (name: string, place: number, by: number) => {
    const moved = new Map(arrays)
    const { shape, values } = arrays.get(name)!
    moved.set(name, { shape, values: values.map((value, j) => (j === place ? value + by : value)) })
    const weights = Weights.fromArrays(tf, moved)
    const units = model.units.map(() => undefined)
    const of = { model, weights, slots: new Map(), frozen: units, mask: tf.zeros([4]) }
    const { loss } = Step.run(tf, net.ops, of, rates, x, tf.tensor1d(labels, "int32"))
    return {
      loss,
      slope: (moved.get(name)!.values[place]! - weights.get(name)!.dataSync()[place]!) / rates.learningRate
    }
  }
  const probed = ["embed/position", "block1/norm1/scale", "block1/qkv/kernel", "block2/mlp1/kernel", "head/norm/offset"]
  for (const name of probed) {
    const place = 5
    const [low, high] = [at(name, place, -0.02), at(name, place, 0.02)]
    const { slope } = at(name, place, 0)
    expect(Math.abs((high.loss - low.loss) / 0.04 - slope), name).toBeLessThan(2e-4 + 0.02 * Math.abs(slope))
  }
})

it("calls fewer kernels with a deeper frozen prefix, and loses no tensor", () => {
  const net = Net.make(tf, model)
  const y = tf.tensor1d(labels, "int32")
  const calls = [0, 1, 2, 3].map((depth) => {
    const now = state(
      net,
      [0, 1, 2, 3].map((unit) => unit < depth)
    )
    const before = net.ops.calls()
    Step.run(tf, net.ops, now, rates, x, y)
    const tensors = tf.memory().numTensors
    for (let i = 0; i < 5; i++) Step.run(tf, net.ops, now, rates, x, y)
    expect(tf.memory().numTensors).toBe(tensors)
    return net.ops.calls() - before
  })
  calls.slice(1).forEach((count, i) => expect(count).toBeLessThan(calls[i]!))
})

it("counts its multiply-adds, those of attention included", () => {
  const { layers } = Graph.of(model, rates)
  const block = tokens * (8 * 24 + 8 * 8 + 2 * 8 * 16) + 2 * tokens * tokens * 8
  expect(Layer.macs({ name: "", units: [], layers })).toBe(tokens * 4 * 4 * 2 * 8 + 2 * block + 8 * 4)
  const attention = layers.find(({ kind }) => kind === "attention")!
  expect(attention).toMatchObject({ name: "block1/attention", unit: 1, entry: false, macs: 2 * tokens * tokens * 8 })
  const entries = layers.filter(({ entry, unit }) => entry && unit === 2).map(({ name }) => name)
  expect(entries).toEqual(["block2/norm1", "block2/add"])
})

it("learns from scratch, its units can be compared, and a fast head sees its tokens on a grid of 2 x 2", () => {
  const learnt = Models.make({ ...config, shape: Problem.shape, width: 16, heads: 4 })
  const net = Net.make(tf, learnt)
  const examples = Problem.make(1, 64)
  const weights = Weights.fromArrays(tf, Model.initial(learnt, 1))
  const now = {
    model: learnt,
    weights,
    slots: new Map(),
    frozen: learnt.units.map(() => undefined),
    mask: tf.zeros([4])
  }
  for (let i = 0; i < 240; i++) {
    const places = Array.from({ length: 16 }, (_, k) => (16 * i + k) % 64)
    const y = tf.tensor1d(
      places.map((place) => examples.labels[place]!),
      "int32"
    )
    const input = Net.input(net, examples, places)
    Step.run(tf, net.ops, now, { learningRate: 0.02, momentum: 0.9, weightDecay: 0 }, input, y)
    tf.dispose([input, y])
  }
  Net.folded(net, weights, (units) => {
    const { features, logits, width } = Features.pass(net, units, examples)
    const right = examples.labels.filter(
      (label, i) => logits[4 * i + label] === Math.max(...logits.subarray(4 * i, 4 * i + 4))
    )
    expect(right.length).toBeGreaterThan(48)
    expect([width, features.length]).toEqual([4 * 16, 64 * 64])
    expect(Net.grams(net, units, examples).map(({ length }) => length)).toEqual([4096, 4096, 4096, 4096])
  })
})
