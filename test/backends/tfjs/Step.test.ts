import { describe, expect, it } from "@effect/vitest"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Layers from "@edgeol/backends/tfjs/Layers"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as SixConv from "@edgeol/backends/tfjs/SixConv"
import * as Step from "@edgeol/backends/tfjs/Step"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Stock from "./Stock.ts"

const { tf } = Engine.start(1)
type Tensor = ReturnType<typeof tf.tensor>
const sgd: Step.Rates = { learningRate: 0.5, momentum: 0, weightDecay: 0 }

/** Every kind of layer once: stem, residual with a shortcut, depthwise and plain convolution and pooling, head. */
const small: Model.Model = {
  name: "small",
  shape: [9, 9, 3],
  classes: 5,
  scale: 1,
  units: [
    { name: "stem", layer: Layers.convNorm({ name: "stem", from: 3, to: 4, relu: true }) },
    {
      name: "stack",
      layer: Layers.residual(
        Layers.chain(
          Layers.convNorm({ name: "a", from: 4, to: 6, stride: 2, relu: true, bias: true }),
          Layers.convNorm({ name: "b", from: 6, to: 6 })
        ),
        Layers.conv({ name: "short", from: 4, to: 6, size: 1, stride: 2 })
      )
    },
    {
      name: "last",
      layer: Layers.chain(
        Layers.depthwiseNorm({ name: "depth", channels: 6, stride: 2 }),
        Layers.convNorm({ name: "last", from: 6, to: 8 }),
        Layers.maxPool(2),
        Layers.relu
      )
    },
    { name: "head", layer: Layers.chain(Layers.averagePool(3), Layers.dense("head", 8, 5)) }
  ]
}

/** The same in tfjs's own operations. `trains` says whose batch norm goes by the batch. */
const plain = (w: Record<string, Tensor>, x: Tensor, trains: (unit: string) => boolean): Tensor => {
  const conv = (input: Tensor, name: string, stride = 1) =>
    tf.conv2d(input as never, w[`${name}/kernel`] as never, stride, "same") as Tensor
  const norm = (input: Tensor, name: string, unit: string) => {
    const shifted = w[`${name}/bias`] === undefined ? input : tf.add(input, w[`${name}/bias`]!)
    const { mean, variance } = trains(unit)
      ? tf.moments(shifted, [0, 1, 2])
      : { mean: w[`${name}/mean`]!, variance: w[`${name}/variance`]! }
    const root = tf.sqrt(tf.add(variance, 1e-3))
    return tf.add<Tensor>(tf.mul(tf.div(tf.sub(shifted, mean), root), w[`${name}/scale`]!), w[`${name}/offset`]!)
  }
  const stem = tf.relu(norm(conv(x, "stem"), "stem", "stem"))
  const a = tf.relu(norm(conv(stem, "a", 2), "a", "stack"))
  const short = tf.add(conv(stem, "short", 2), w["short/bias"]!)
  const stack = tf.relu<Tensor>(tf.add(norm(conv(a, "b"), "b", "stack"), short))
  const filtered = tf.depthwiseConv2d(stack as never, w["depth/kernel"] as never, 2, "same") as Tensor
  const depth = tf.relu(norm(filtered, "depth", "last"))
  const pooled = tf.maxPool(tf.relu(norm(conv(depth, "last"), "last", "last")) as never, 2, 2, "same")
  const rows = tf.reshape(tf.avgPool(pooled, 3, 3, "same"), [-1, 8])
  return tf.add(tf.matMul(rows, w["head/kernel"] as never), w["head/bias"]!)
}

const x = tf.randomNormal([7, 9, 9, 3], 0, 1, "float32", 5)
const labels = [0, 1, 2, 3, 0, 1, 2]
const y = tf.tensor1d(labels, "int32")
const seen = [true, true, true, true, false]
const mask = tf.tensor1d(seen.map((known) => (known ? 0 : -1e9)))

/** Weights away from their plain start, so that every term of a gradient counts. */
const start = (): Weights.Arrays =>
  new Map(
    [...Model.initial(small, 4)].map(([name, { shape, values }], i) => {
      const wiggle = values.map((value, j) => value + 0.2 * Math.abs(Math.sin(17 * i + j)))
      return [name, { shape, values: wiggle }] as const
    })
  )

const state = (net: Net.Net, arrays: Weights.Arrays, frozen: ReadonlyArray<boolean>): Step.State => {
  const weights = Weights.fromArrays(tf, arrays)
  const units = Model.fold(tf, net.ops, net.model, weights, (unit) => frozen[unit] === true)
  return { model: net.model, weights, slots: new Map(), frozen: units, mask }
}

const masks = [
  [false, false, false, false],
  [true, false, false, false],
  [false, true, false, false],
  [true, false, true, false],
  [true, true, true, false]
]

describe.each(masks)("with frozen %s %s %s %s", (...frozen) => {
  const net = Net.make(tf, small)
  const arrays = start()
  const trains = (unit: string) => frozen[small.units.findIndex(({ name }) => name === unit)] !== true

  it("gives the loss and the gradients of plain operations", () => {
    const names = small.units.flatMap((unit, i) => (frozen[i] === true ? [] : Model.trainable(unit)))
    const tensors = Object.fromEntries([...arrays].map(([n, { shape, values }]) => [n, tf.tensor(values, [...shape])]))
    const loss = (...given: Array<Tensor>) => {
      const own = { ...tensors, ...Object.fromEntries(names.map((name, i) => [name, given[i]!])) }
      const logits = tf.slice(plain(own, x, trains) as never, [0, 0], [7, 4])
      return tf.losses.softmaxCrossEntropy<Tensor, Tensor>(tf.oneHot(y, 4), logits)
    }
    const expected = tf.valueAndGrads(loss)(names.map((name) => tensors[name]!))
    const now = state(net, arrays, frozen)
    const { loss: found } = Step.run(tf, net.ops, now, sgd, x, y)
    expect(found).toBeCloseTo(expected.value.dataSync()[0]!, 5)
    names.forEach((name, i) => {
      const change = tf.sub(tensors[name]!, now.weights.get(name)!)
      const off = tf.max(tf.abs(tf.sub(tf.div(change, sgd.learningRate), expected.grads[i]!))).dataSync()[0]!
      expect(off, name).toBeLessThan(2e-5)
    })
    expect(names.length).toBeGreaterThan(1)
  })

  it("leaves frozen units alone, batch norm statistics included", () => {
    const now = state(net, arrays, frozen)
    Step.run(tf, net.ops, now, { ...sgd, momentum: 0.9, weightDecay: 0.1 }, x, y)
    const after = Weights.toArrays(now.weights)
    small.units.forEach(({ layer }, i) => {
      for (const { name, kind } of layer.weights) {
        const same = arrays.get(name)!.values.every((value, j) => value === after.get(name)!.values[j])
        const bias = kind === "statistic" && name.endsWith("/bias")
        expect(same, name).toBe(frozen[i] === true || bias)
        expect(now.slots.has(name)).toBe(frozen[i] !== true && kind !== "statistic")
      }
    })
  })
})

it("calls fewer operations with a deeper frozen prefix", () => {
  const net = Net.make(tf, small)
  const calls = [0, 1, 2, 3].map((depth) => {
    const now = state(
      net,
      start(),
      small.units.map((_, i) => i < depth)
    )
    const before = net.ops.calls()
    Step.run(tf, net.ops, now, sgd, x, y)
    return net.ops.calls() - before
  })
  calls.slice(1).forEach((count, i) => expect(count).toBeLessThan(calls[i]! - 3))
})

it("keeps the momentum of a unit while it is frozen", () => {
  const net = Net.make(tf, small)
  const now = state(net, start(), [])
  const rates = { ...sgd, momentum: 0.9 }
  Step.run(tf, net.ops, now, rates, x, y)
  const before = Weights.toArrays(now.slots)
  const frozen = Model.fold(tf, net.ops, small, now.weights, (unit) => unit === 0)
  Step.run(tf, net.ops, { ...now, frozen }, rates, x, y)
  const after = Weights.toArrays(now.slots)
  expect(after.get("stem/kernel")!.values).toEqual(before.get("stem/kernel")!.values)
  expect(after.get("last/kernel")!.values).not.toEqual(before.get("last/kernel")!.values)
})

it("moves batch norm statistics a tenth of the way to the batch's", () => {
  const net = Net.make(tf, small)
  const arrays = start()
  const now = state(net, arrays, [])
  const kernel = arrays.get("stem/kernel")!
  const { mean } = tf.moments(
    tf.conv2d(x as never, tf.tensor(kernel.values, [3, 3, 3, 4]) as never, 1, "same"),
    [0, 1, 2]
  )
  Step.run(tf, net.ops, now, sgd, x, y)
  const expected = arrays.get("stem/mean")!.values.map((old, i) => 0.9 * old + 0.1 * mean.dataSync()[i]!)
  const found = now.weights.get("stem/mean")!.dataSync()
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 5))
})

it("loses no tensor and makes none", () => {
  const net = Net.make(tf, small)
  const now = state(net, start(), [false, true, false, false])
  const rates = { ...sgd, learningRate: 0.01, momentum: 0.9, weightDecay: 0.01 }
  for (let i = 0; i < 2; i++) Step.run(tf, net.ops, now, rates, x, y) // constants are made once, momentum with the second
  const before = tf.memory().numTensors
  for (let i = 0; i < 20; i++) Step.run(tf, net.ops, now, rates, x, y)
  expect(tf.memory().numTensors).toBe(before)
})

it("equals tfjs's own layers under trainOnBatch, to 5 decimals over 5 steps", async () => {
  const net = Net.make(tf, SixConv.make({ kind: "SixConv", classes: 10 }))
  const arrays = Model.initial(net.model, 1)
  const images = tf.randomUniform([16, 32, 32, 3], 0, 1, "float32", 1)
  const classes = tf.tensor1d(
    Array.from({ length: 16 }, (_, i) => i % 10),
    "int32"
  )
  const stock = Stock.make(tf, arrays, 10, 0.001)
  const now = { ...state(net, arrays, []), mask: tf.zeros([10]) }
  const rates = { learningRate: 0.001, momentum: 0.9, weightDecay: 0 }
  for (let i = 0; i < 5; i++) {
    const { loss } = Step.run(tf, net.ops, now, rates, images, classes)
    expect(loss).toBeCloseTo(Number(await stock.trainOnBatch(images, tf.oneHot(classes, 10))), 5)
  }
}, 60_000)
