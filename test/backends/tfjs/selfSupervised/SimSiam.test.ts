import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Agreement from "@edgeol/backends/tfjs/selfSupervised/Agreement"
import * as Augment from "@edgeol/backends/tfjs/selfSupervised/Augment"
import * as SimSiam from "@edgeol/backends/tfjs/selfSupervised/SimSiam"
import * as ConvNet from "@edgeol/backends/tfjs/ConvNet"
import * as Mlp from "@edgeol/backends/tfjs/Mlp"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Examples from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import * as Patterns from "@edgeol/streams/Patterns"

const { tf } = Engine.start(1)
type Tensor = ReturnType<typeof tf.tensor>

const rows = fc.integer({ min: 0, max: 10_000 }).map((seed) => {
  const rng = Rng.named(seed, "rows")
  const [half, width] = [1 + rng.below(4), 2 + rng.below(5)]
  const draw = () => Float32Array.from({ length: 2 * half * width }, () => rng.normal())
  return { p: draw(), z: draw(), width }
})

describe("agreement", () => {
  test.prop([rows])("has the gradient of finite differences", ({ p, z, width }) => {
    const { gradient } = Agreement.measure(p, z, width)
    const step = 2 ** -10
    p.forEach((value, i) => {
      const at = (x: number) => Agreement.measure(p.with(i, x), z, width).loss
      const slope = (at(value + step) - at(value - step)) / (2 * step)
      const length = Math.hypot(...p.subarray(Math.floor(i / width) * width, (Math.floor(i / width) + 1) * width))
      expect(Math.abs(gradient[i]! - slope)).toBeLessThan(1e-3 + 1e-2 / length ** 3)
    })
  })

  test.prop([rows])("is between -1 and 1, and -1 for views that predict each other", ({ p, z, width }) => {
    const { loss } = Agreement.measure(p, z, width)
    expect(Math.abs(loss)).toBeLessThanOrEqual(1 + 1e-9)
    const swapped = Float32Array.from([...z.subarray(z.length / 2), ...z.subarray(0, z.length / 2)])
    expect(Agreement.measure(swapped, z, width).loss).toBeCloseTo(-1, 6)
  })

  test("sees a collapse: rows of one direction, against rows of any", () => {
    const width = 16
    const rng = Rng.named(1, "directions")
    const any = Float32Array.from({ length: 512 * width }, () => rng.normal())
    const same = any.map((_, i) => (1 + Math.floor(i / width)) * any[i % width]!)
    expect(Agreement.measure(any, any, width).deviation * Math.sqrt(width)).toBeCloseTo(1, 1)
    expect(Agreement.measure(same, same, width).deviation).toBeLessThan(1e-6)
    expect(Agreement.measure(new Float32Array(64), new Float32Array(64), width).gradient.every(Number.isFinite)).toBe(
      true
    )
  })
})

const convNet = ConvNet.make({ kind: "ConvNet", shape: [8, 6, 3], classes: 3, widths: [4, 8] })
const mlp = Mlp.make({ kind: "Mlp", shape: [1, 1, 10], classes: 3, widths: [12, 8] })

type Plain = (name: string) => Tensor

const norm = (w: Plain, x: Tensor, name: string, affine = true): Tensor => {
  const { mean, variance } = tf.moments(x, [0, 1, 2].slice(0, x.rank - 1))
  const normal = tf.div<Tensor>(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)))
  return affine ? tf.add<Tensor>(tf.mul(normal, w(`${name}/scale`)), w(`${name}/offset`)) : normal
}

/** The encoders in tfjs's own operations, to rows of features. */
const encoders = {
  ConvNet: (w: Plain, x: Tensor) => {
    const block = (input: Tensor, name: string) => {
      const shifted = norm(w, tf.conv2d(input as never, w(`${name}/kernel`) as never, 1, "same"), name)
      return tf.relu(tf.maxPool(shifted as never, 2, 2, "same") as Tensor)
    }
    return tf.mean<Tensor>(block(block(x, "block1"), "block2"), [1, 2])
  },
  Mlp: (w: Plain, x: Tensor) => {
    const layer = (input: Tensor, name: string) =>
      tf.relu<Tensor>(tf.add(tf.matMul(input as never, w(`${name}/kernel`) as never), w(`${name}/bias`)))
    return layer(layer(tf.reshape(x, [x.shape[0], -1]), "layer1"), "layer2")
  }
}

const heads = (w: Plain, features: Tensor): readonly [z: Tensor, p: Tensor] => {
  const dense = (x: Tensor, name: string) => {
    const kernel = w(`simsiam/${name}/kernel`)
    return tf.matMul<Tensor>(x, tf.reshape(kernel, kernel.shape.slice(2)))
  }
  const layer = (x: Tensor, name: string) => tf.relu(norm(w, dense(x, name), `simsiam/${name}`))
  const hidden = layer(layer(features, "projector1"), "projector2")
  const z = norm(w, dense(hidden, "projector3"), "", false)
  return [z, tf.add<Tensor>(dense(layer(z, "predictor1"), "predictor2"), w("simsiam/predictor2/bias"))]
}

const start = (model: Model.Model) => {
  const branched = SimSiam.branch(model)
  const arrays = [...Model.initial(model, 4), ...SimSiam.initial(branched, 5)]
  const wiggled = arrays.map(([name, { shape, values }], i) => {
    const plain = name.startsWith("simsiam/projector3")
    return [
      name,
      { shape, values: values.map((v, j) => (plain ? v : v + 0.1 * Math.abs(Math.sin(17 * i + j)))) }
    ] as const
  })
  return { branched, weights: Weights.fromArrays(tf, new Map(wiggled)) }
}

describe.each([
  ["a ConvNet", convNet],
  ["an Mlp", mlp]
])("a pass of %s", (_, model) => {
  const net = Net.make(tf, model)
  const views = tf.randomNormal([6, ...model.shape], 0, 1, "float32", 3)
  const kind = JSON.parse(model.name).kind as keyof typeof encoders

  test.each([0, 1])("has the loss and gradients of plain operations, with %i units frozen", (depth) => {
    const { branched, weights } = start(model)
    const frozen = Model.fold(tf, net.ops, model, weights, (unit) => unit < depth && kind === "Mlp")
    const isOpen = (name: string) =>
      !frozen.some((unit, i) => unit !== undefined && name.startsWith(model.units[i]!.name))
    const of = (name: string) => weights.get(name)!
    const [z] = heads(of, encoders[kind](of, views))
    const target = tf.reshape(tf.reverse(tf.reshape(z, [2, 3, -1]), 0), z.shape)
    const unit = (x: Tensor) => tf.div<Tensor>(x, tf.norm(x, 2, 1, true))
    const names = Model.kinds(branched)
    const trained = [...names].flatMap(([name, k]) =>
      k === "statistic" ||
      !isOpen(name) ||
      name.startsWith("simsiam/projector3/scale") ||
      name.startsWith("simsiam/projector3/offset")
        ? []
        : [name]
    )
    const loss = (...given: Array<Tensor>) => {
      const own: Plain = (name) => given[trained.indexOf(name)] ?? of(name)
      const [, p] = heads(own, encoders[kind](own, views))
      return tf.mul<Tensor>(-0.5 / 6, tf.sum(tf.mul(unit(p), unit(target))))
    }
    const expected = tf.valueAndGrads(loss)(trained.map(of))
    tf.engine().startScope()
    const passed = SimSiam.run(tf, net.ops, branched, weights, frozen, views, 0.5)
    const gradients = passed.back()
    expect(0.5 * passed.loss).toBeCloseTo(expected.value.dataSync()[0]!, 5)
    expect([...gradients.keys()].toSorted()).toEqual(trained.toSorted())
    trained.forEach((name, i) => {
      const off = tf.max(tf.abs(tf.sub(gradients.get(name)!, expected.grads[i]!))).dataSync()[0]!
      expect(off, name).toBeLessThan(1e-5)
    })
    tf.engine().endScope()
    expect(trained.length).toBeGreaterThan(8)
  })
})

test("a model that is a head alone is refused in one sentence", () => {
  const model = Mlp.make({ kind: "Mlp", shape: [1, 1, 4], classes: 3, widths: [] })
  expect(() => SimSiam.branch(model)).toThrow(/head alone: give it hidden layers or train without simsiam$/)
})

test("training by agreement alone brings views together and does not collapse", () => {
  const samples = Patterns.nic(1).scenarios[0]!.train.take(Array.from({ length: 64 }, (_, i) => i))
  const model = ConvNet.make({ kind: "ConvNet", shape: samples.shape, classes: 4, widths: [8, 16] })
  const net = Net.make(tf, model)
  const branched = SimSiam.branch(model)
  const weights = Weights.fromArrays(tf, new Map([...Model.initial(model, 1), ...SimSiam.initial(branched, 2)]))
  const rng = Rng.named(3, "views")
  const step = (): { readonly loss: number; readonly deviation: number } => {
    const places = Array.from({ length: 32 }, () => rng.below(64))
    const both = Examples.concat(
      [Augment.view(samples, places, rng), Augment.view(samples, places, rng)],
      samples.shape
    )
    const x = Net.input(net, both, [...both.labels.keys()])
    tf.engine().startScope()
    const { back, ...passed } = SimSiam.run(tf, net.ops, branched, weights, [], x, 1)
    for (const [name, gradient] of back()) {
      Weights.put(tf, weights, name, tf.sub(weights.get(name)!, tf.mul(gradient, 0.3)))
    }
    tf.engine().endScope()
    x.dispose()
    return passed
  }
  const passes = Array.from({ length: 80 }, step)
  const mean = (of: ReadonlyArray<number>) => of.reduce((sum, value) => sum + value, 0) / of.length
  const [before, after] = [passes.slice(0, 10), passes.slice(-10)].map((some) => mean(some.map(({ loss }) => loss)))
  const spread = mean(passes.slice(-10).map(({ deviation }) => deviation)) * Math.sqrt(16)
  expect(after!).toBeLessThan(before! - 0.2)
  expect(spread).toBeGreaterThan(0.7)
}, 60_000)
