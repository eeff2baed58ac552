import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as ConvNet from "@edgeol/backends/tfjs/ConvNet"
import * as FusedOps from "@edgeol/backends/tfjs/FusedOps"
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as MobileNetV1 from "@edgeol/backends/tfjs/MobileNetV1"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as ResNet8 from "@edgeol/backends/tfjs/ResNet8"
import * as Densities from "@edgeol/backends/tfjs/sparse/Densities"
import * as MultiplyAdds from "@edgeol/backends/tfjs/sparse/MultiplyAdds"
import * as RigL from "@edgeol/backends/tfjs/sparse/RigL"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Rng from "@edgeol/core/Rng"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"

const { tf } = Engine.start(1)
const ops = FusedOps.of(tf)
const convNet = ConvNet.make({ kind: "ConvNet", shape: [16, 16, 3], classes: 5, widths: [8, 16, 16] })
const models = [
  convNet,
  ResNet8.make({ kind: "ResNet8", classes: 10 }),
  MobileNetV1.make({ kind: "MobileNetV1", classes: 4 })
]
const size = (shape: ReadonlyArray<number>) => shape.reduce((product, length) => product * length, 1)
const count = (mask: ArrayLike<number>) => Array.from(mask).filter((one) => one === 1).length

describe("densities", () => {
  const anyDensity = fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100)

  test.prop([fc.constantFrom(...models), anyDensity])(
    "add up, favour slender kernels, and are at most 1",
    (model, density) => {
      const kernels = Densities.kernels(model)
      const own = Densities.of(kernels, density)
      const sum = kernels.reduce((total, { name, shape }) => total + own.get(name)! * size(shape), 0)
      const all = kernels.reduce((total, { shape }) => total + size(shape), 0)
      expect(sum / all).toBeCloseTo(density, 9)
      const open = kernels.filter(({ name }) => own.get(name)! < 1)
      const ratios = open.map(({ name, shape }) => (own.get(name)! * size(shape)) / shape.reduce((a, b) => a + b, 0))
      ratios.forEach((ratio) => expect(ratio / ratios[0]!).toBeCloseTo(1, 9))
      expect(own.size).toBe(kernels.length)
    }
  )

  test("leave depthwise kernels alone", () => {
    const names = Densities.kernels(models[2]!).map(({ name }) => name)
    const all = [...Model.kinds(models[2]!)].filter(([, kind]) => kind === "depthwise").map(([name]) => name)
    expect(all.length).toBeGreaterThan(5)
    all.forEach((name) => expect(names).not.toContain(name))
  })
})

const kernel = fc
  .record({ seed: fc.nat(9999), length: fc.integer({ min: 1, max: 60 }), density: fc.integer({ min: 0, max: 10 }) })
  .map(({ seed, length, density }) => {
    const rng = Rng.named(seed, "kernel")
    const mask = Float32Array.from({ length }, () => (rng.below(10) < density ? 1 : 0))
    const draw = () => Float32Array.from({ length }, () => rng.below(9) - 4)
    return { mask, weights: draw().map((weight, i) => weight * mask[i]!), gradient: draw() }
  })

describe("rewiring", () => {
  test.prop([kernel, fc.integer({ min: 0, max: 10 })])(
    "keeps the density, drops the smallest and grows by gradient",
    ({ mask, weights, gradient }, tenths) => {
      const moving = Math.floor((tenths / 10) * count(mask))
      const after = RigL.rewired(weights, gradient, mask, tenths / 10)
      expect(count(after)).toBe(count(mask))
      expect(after.every((one) => one === 0 || one === 1)).toBe(true)
      const places = [...mask.keys()]
      const gone = places.filter((i) => mask[i] === 1 && after[i] === 0)
      const came = places.filter((i) => mask[i] === 0 && after[i] === 1)
      const stayed = places.filter((i) => mask[i] === 1 && after[i] === 1)
      const away = places.filter((i) => mask[i] === 0 && after[i] === 0)
      expect(gone.length).toBe(came.length)
      expect(gone.length).toBeLessThanOrEqual(moving)
      const magnitude = (of: Float32Array, at: ReadonlyArray<number>) => at.map((i) => Math.abs(of[i]!))
      // Who stays although smaller than one that went was dropped and grown again.
      const regrown = stayed.filter((i) => gone.some((other) => Math.abs(weights[i]!) < Math.abs(weights[other]!)))
      for (const i of [...came, ...regrown])
        expect(Math.abs(gradient[i]!)).toBeGreaterThanOrEqual(Math.max(-1, ...magnitude(gradient, [...gone, ...away])))
    }
  )

  test.prop([kernel])("of nothing changes nothing", ({ mask, weights, gradient }) => {
    expect(RigL.rewired(weights, gradient, mask, 0)).toEqual(mask)
  })

  test("of a small kernel by hand", () => {
    const of = (...values: ReadonlyArray<number>) => Float32Array.from(values)
    const after = RigL.rewired(of(5, -1, 2, 0, 0), of(0, 1, 9, -8, 2), of(1, 1, 1, 0, 0), 0.7)
    expect([...after]).toEqual([1, 0, 1, 1, 0])
  })

  test("comes every so many steps, by a cosine over a round", () => {
    const config = { density: 0.5, every: 4, drop: 0.3 }
    const of = (iteration: number, done: number) => RigL.fraction(config, iteration, done, 8)
    expect([1, 2, 3, 5, 0].map((iteration) => of(iteration, 0))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined
    ])
    expect(of(4, 0)).toBeCloseTo(0.3, 12)
    expect(of(8, 4)).toBeCloseTo(0.15, 12)
    expect(of(12, 8)).toBeCloseTo(0, 12)
  })
})

const state = () => ({
  weights: Weights.fromArrays(tf, Model.initial(convNet, 3)),
  slots: new Map() as Weights.Weights
})
const masksOf = ({ weights }: { readonly weights: Weights.Weights }) =>
  Densities.kernels(convNet).map(({ name }) => RigL.maskOf(weights, name)!.dataSync())

describe("a net", () => {
  test("begins with its largest weights, stays so when begun again, and becomes dense again", () => {
    const kept = state()
    const dense = Weights.toArrays(kept.weights)
    RigL.begin(tf, ops, convNet, kept, 0.25)
    const kernels = Densities.kernels(convNet)
    const total = kernels.reduce((sum, { shape }) => sum + size(shape), 0)
    expect(masksOf(kept).reduce((sum, mask) => sum + count(mask), 0) / total).toBeCloseTo(0.25, 2)
    for (const { name } of kernels) {
      const [before, after] = [dense.get(name)!.values, kept.weights.get(name)!.dataSync()]
      const least = Math.min(...before.filter((_, i) => after[i] !== 0).map(Math.abs))
      before.forEach((value, i) => expect(after[i]).toBeCloseTo(Math.abs(value) >= least ? value : 0, 12))
    }
    const masks = masksOf(kept).map((mask) => mask.slice())
    const gradients = new Map(kernels.map(({ name, shape }) => [name, tf.randomNormal([...shape], 0, 1, "float32", 7)]))
    RigL.rewire(tf, ops, kept, gradients, 0.3)
    const rewired = masksOf(kept).map((mask) => mask.slice())
    expect(rewired).not.toEqual(masks)
    RigL.begin(tf, ops, convNet, kept, 0.25)
    expect(masksOf(kept)).toEqual(rewired)
    RigL.end(kept.weights)
    expect([...kept.weights.keys()]).toEqual([...dense.keys()])
  })

  test("loses no tensor", () => {
    const kept = state()
    RigL.begin(tf, ops, convNet, kept, 0.25)
    const before = tf.memory().numTensors
    tf.engine().startScope()
    const gradient = tf.randomNormal([...kept.weights.get("block2/kernel")!.shape], 0, 1, "float32", 7)
    RigL.rewire(tf, ops, kept, new Map([["block2/kernel", gradient]]), 0.3)
    tf.engine().endScope()
    expect(tf.memory().numTensors).toBe(before)
  })
})

test("ideal multiply-adds are those of kernels that skip zeros", () => {
  const graph = Graph.of(convNet, { learningRate: 0.1, momentum: 0.9, weightDecay: 0 })
  const kernels = Densities.kernels(convNet)
  expect(MultiplyAdds.of(graph, new Map(), 100)).toMatchObject({ step: 1 })
  const half = MultiplyAdds.of(graph, new Map(kernels.map(({ name }) => [name, 0.5])), 1e9)
  expect(half.sparse / half.dense).toBeCloseTo(0.5, 12)
  expect(half.step).toBeCloseTo(0.5, 6)
  const often = MultiplyAdds.of(graph, new Map(kernels.map(({ name }) => [name, 0])), 1)
  expect(often.step).toBeCloseTo(1 / 6, 12)
})
