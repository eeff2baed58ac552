import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Features from "@edgeol/backends/head/Features"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as LayersModel from "@edgeol/backends/tfjs/LayersModel"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Step from "@edgeol/backends/tfjs/Step"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import * as Layer from "@edgeol/sim/layers/Layer"
import { afterAll } from "vitest"

const { tf } = Engine.start(1)
type Tensor = ReturnType<typeof tf.tensor>
type Stock = ReturnType<typeof tf.sequential>

const folder = mkdtempSync(join(tmpdir(), "edgeol-layers-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** Weights away from their plain start; variances stay positive. */
const wiggle = (model: Stock): Stock => {
  model.weights.forEach(({ name, shape }, i) => {
    const rng = Rng.named(i, "stock")
    const size = shape.reduce<number>((product, length) => product * length!, 1)
    const positive = name.includes("variance") || name.includes("gamma")
    const values = Float32Array.from({ length: size }, () => (positive ? 0.5 + rng.next() : 0.3 * rng.normal()))
    model.weights[i]!.write(tf.tensor(values, shape as Array<number>))
  })
  return model
}

/** As tfjs saves it, in shards of the given lengths. */
const save = async (name: string, model: Stock, cut = 0): Promise<string> => {
  const home = join(folder, name)
  mkdirSync(home, { recursive: true })
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const bytes = Buffer.from(weightData as ArrayBuffer)
      const paths = ["a.bin", "b.bin"]
      writeFileSync(join(home, paths[0]!), bytes.subarray(0, cut))
      writeFileSync(join(home, paths[1]!), bytes.subarray(cut))
      const manifest = [{ paths, weights: weightSpecs }]
      writeFileSync(
        join(home, "model.json"),
        JSON.stringify({ format: "layers-model", modelTopology, weightsManifest: manifest })
      )
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } }
    })
  )
  return join(home, "model.json")
}

const { layers } = tf

/** Sequential: padding of both kinds, every pool, batch norm with and without a convolution before it, dropout. */
const straight = (): Stock =>
  wiggle(
    tf.sequential({
      layers: [
        layers.zeroPadding2d({
          inputShape: [13, 10, 3],
          padding: [
            [1, 0],
            [2, 1]
          ]
        }),
        layers.conv2d({ name: "stem", filters: 6, kernelSize: [3, 2], strides: 2, padding: "valid", useBias: false }),
        layers.batchNormalization({ epsilon: 1e-5 }),
        layers.reLU({ maxValue: 6 }),
        layers.depthwiseConv2d({ name: "depth", kernelSize: 3, padding: "same", activation: "relu" }),
        layers.batchNormalization({ scale: false }),
        layers.separableConv2d({ name: "apart", filters: 8, kernelSize: 3, padding: "same" }),
        layers.batchNormalization({}),
        layers.activation({ activation: "relu" }),
        layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
        layers.conv2d({ name: "last", filters: 5, kernelSize: 2, padding: "valid", activation: "relu6" }),
        layers.averagePooling2d({ poolSize: 2, strides: 1, padding: "same" }),
        layers.flatten(),
        layers.dropout({ rate: 0.5 }),
        layers.dense({ name: "hidden", units: 7 }),
        layers.batchNormalization({}),
        layers.reLU(),
        layers.dense({ name: "answers", units: 4, activation: "softmax" })
      ]
    })
  )

/** Functional: rescaling, sums of two and three, a read-out that is used twice, and global pooling. */
const branched = (): Stock => {
  const input = tf.input({ shape: [8, 8, 3] })
  const norm = (x: ReturnType<typeof tf.input>) => layers.batchNormalization({}).apply(x) as typeof input
  const conv = (x: typeof input, name: string, filters = 6, strides = 1) =>
    layers.conv2d({ name, filters, kernelSize: 3, strides, padding: "same" }).apply(x) as typeof input
  const scaled = layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(input) as typeof input
  const stem = layers.reLU().apply(norm(conv(scaled, "stem"))) as typeof input
  const sum = layers.add().apply([norm(conv(stem, "one")), stem]) as typeof input
  const open = layers.activation({ activation: "relu" }).apply(sum) as typeof input
  const halved = layers.maxPooling2d({ poolSize: 2 }).apply(open) as typeof input
  const three = layers.add().apply([conv(open, "two", 6, 2), conv(open, "three", 6, 2), halved]) as typeof input
  const row = layers.globalAveragePooling2d({}).apply(three) as typeof input
  const output = layers.dense({ name: "answers", units: 5, activation: "softmax" }).apply(row) as typeof input
  return wiggle(tf.model({ inputs: input, outputs: output }) as Stock)
}

const models = {
  straight: { make: straight, shape: [13, 10, 3] as const, classes: 4, scale: 1 / 255 },
  branched: { make: branched, shape: [8, 8, 3] as const, classes: 5, scale: 1 }
}

const images = (shape: readonly [number, number, number], count: number): Examples => {
  const rng = Rng.named(3, "images")
  const inputs = Uint8Array.from({ length: count * shape[0] * shape[1] * shape[2] }, () => rng.below(256))
  return { count, shape, inputs, labels: Int32Array.from({ length: count }, (_, i) => i % 3) }
}

describe.each(["straight", "branched"] as const)("%s", (name) => {
  const { make, shape, classes, scale } = models[name]
  const stock = make()
  const opened = save(name, stock, 40).then((path) => {
    const config = LayersModel.describe({ path, classes, shape })
    return { path, config, model: Models.make(config), arrays: LayersModel.weights(config) }
  })

  it("answers as tfjs does, and has its weights and no others", async () => {
    const { config, model, arrays } = await opened
    expect(config.scale).toBe(scale)
    const own = Model.initial(model, 1)
    for (const [weight, { shape: sides }] of arrays) expect(own.get(weight)?.shape, weight).toEqual(sides)
    const net = Net.make(tf, model)
    const examples = images(shape, 9)
    const weights = Weights.fromArrays(tf, new Map([...own, ...arrays]))
    const logits = Net.folded(net, weights, (units) => Net.logits(net, units, examples))
    const x = Net.input(net, examples, [...examples.labels.keys()])
    const expected = (stock.predict(x) as Tensor).dataSync()
    const found = tf.softmax(tf.tensor(logits, [9, classes])).dataSync()
    found.forEach((share, i) => expect(Math.abs(share - expected[i]!)).toBeLessThan(1e-5))
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.2)
  })

  it("trains as tfjs does, at every depth of freezing, with the kernels that its graph counts", async () => {
    const { model, arrays } = await opened
    const net = Net.make(tf, model)
    const examples = images(shape, 6)
    const x = Net.input(net, examples, [0, 1, 2, 3, 4, 5])
    const y = tf.tensor1d(examples.labels, "int32")
    const rates = { learningRate: 1, momentum: 0, weightDecay: 0 }
    const start = new Map([...Model.initial(model, 1), ...arrays])
    const { layers: costs } = Graph.of(model, rates)
    model.units.forEach((_, depth) => {
      const weights = Weights.fromArrays(tf, start)
      const frozen = Model.fold(tf, net.ops, model, weights, (unit) => unit < depth)
      const before = net.ops.calls()
      const mask = tf.zeros([classes])
      const { loss } = Step.run(tf, net.ops, { model, weights, slots: new Map(), frozen, mask }, rates, x, y)
      const expected = costs.reduce((sum, layer) => sum + Layer.launches(layer, depth), 0)
      expect(net.ops.calls() - before, `depth ${depth}`).toBe(expected)
      expect(Number.isFinite(loss)).toBe(true)
      if (depth > 0 || name === "straight") return // dropout makes its training another one
      const { grads } = tf.variableGrads(() => {
        const shares = stock.apply(x, { training: true }) as Tensor
        return tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(y, classes), tf.log(shares)), -1))) as never
      })
      const known = Object.entries(grads).filter(([, value]) => (value as Tensor | null) !== null)
      for (const weight of ["stem/kernel", "one/kernel", "two/bias", "answers/kernel", "answers/bias"]) {
        const theirs = known.filter(([of]) => of.startsWith(weight))
        const moved = tf.sub(tf.tensor(start.get(weight)!.values, [...start.get(weight)!.shape]), weights.get(weight)!)
        expect(theirs).toHaveLength(1)
        expect(tf.max(tf.abs(tf.sub(moved, theirs[0]![1]))).dataSync()[0], weight).toBeLessThan(1e-4)
      }
    })
  })
})

it("has a unit for each weighted block, and what turns maps into rows goes with the one behind it", async () => {
  const path = await save("units", straight())
  const model = Models.make(LayersModel.describe({ path, classes: 4, shape: [13, 10, 3] }))
  expect(model.units.map(({ name }) => name)).toEqual([
    "stem",
    "depth",
    "apart/depth",
    "apart",
    "last",
    "hidden",
    "answers"
  ])
  const forked = await save("forked", branched())
  const other = Models.make(LayersModel.describe({ path: forked, classes: 5, shape: [8, 8, 3] }))
  expect(other.units.map(({ name }) => name)).toEqual(["stem", "one", "two", "answers"])
  const net = Net.make(tf, other)
  const units = Model.fold(tf, net.ops, other, Weights.fromArrays(tf, Model.initial(other, 1)))
  expect(Features.pass(net, units, images([8, 8, 3], 2)).width).toBe(4 * 6)
  expect(Net.grams(net, units, images([8, 8, 3], 4))).toHaveLength(4)
})

it("puts on a fresh head where the classes differ, and says so", async () => {
  const path = await save("head", straight())
  const own = LayersModel.describe({ path, classes: 4, shape: [13, 10, 3] })
  const fresh = LayersModel.describe({ path, classes: 9, shape: [13, 10, 3], scale: 0.5 })
  expect(LayersModel.notes(own)).toEqual([
    `the model ${path} learns without its dropout, which lets everything pass here`
  ])
  expect(LayersModel.notes(fresh)[0]).toBe(
    `the model ${path} answers for 4 classes and the stream has 9: its head starts anew`
  )
  expect(fresh.scale).toBe(0.5)
  const shapes = Model.initial(Models.make(fresh), 1)
  expect(shapes.get("answers/kernel")!.shape).toEqual([7, 9])
  expect(LayersModel.weights(fresh).has("answers/kernel")).toBe(false)
  expect(LayersModel.weights(own).has("answers/kernel")).toBe(true)
})

describe("refuses in one sentence", () => {
  const shape = [8, 8, 3] as const
  const described = (path: string) => () => void Models.make(LayersModel.describe({ path, classes: 4, shape }))
  const sequential = (...inner: ReadonlyArray<Parameters<Stock["add"]>[0]>) =>
    tf.sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 3] }),
        ...inner,
        layers.flatten(),
        layers.dense({ units: 4 })
      ]
    })

  it.each([
    [
      "gate",
      () => layers.layerNormalization({ name: "ln" }),
      'has the layer "ln" (LayerNormalization), which is not supported; supported are InputLayer, Conv2D'
    ],
    [
      "curve",
      () => layers.activation({ activation: "tanh", name: "bend" }),
      'has the layer "bend" (Activation), with the activation tanh; supported are linear, relu'
    ],
    ["soft", () => layers.softmax({ name: "early" }), 'has the layer "early" (Softmax), with the activation softmax'],
    [
      "wide",
      () => layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, name: "d" }),
      'has the layer "d" (Conv2D), with dilation; supported is none'
    ],
    [
      "big",
      () => layers.maxPooling2d({ poolSize: [2, 3], name: "p" }),
      'has the layer "p" (MaxPooling2D), with windows that are no squares'
    ]
  ])("a model with %s", async (name, layer, message) => {
    const path = await save(name, sequential(layer()))
    expect(described(path)).toThrow(`the model ${path} ${message}`)
  })

  it("files that are missing, changed, cut off or of other kinds", async () => {
    const path = await save("file", sequential())
    const text = readFileSync(path, "utf8")
    const put = (content: string) => (writeFileSync(path, content), described(path))
    const config = LayersModel.describe({ path, classes: 4, shape })
    expect(put("{")).toThrow("is not JSON")
    expect(put("{}")).toThrow("is not a tfjs LayersModel")
    expect(put(text.replace("layers-model", "graph-model"))).toThrow("is a tfjs graph model; convert")
    expect(described(join(folder, "absent.json"))).toThrow("cannot be read")
    writeFileSync(path, text.replaceAll('"filters":4', '"filters":5'))
    expect(() => Models.make(config)).toThrow("has changed since it was described; start the run again")
    writeFileSync(path, text)
    writeFileSync(join(path, "..", "b.bin"), Buffer.alloc(4))
    expect(() => LayersModel.weights(config)).toThrow(
      /names \d+ bytes of weights, and a.bin, b.bin hold 4; copy all its files again/
    )
    expect(() => LayersModel.describe({ path, classes: 4, shape: [9, 8, 3] })).toThrow(
      "takes 8 x 8 x 3 and the stream gives 9 x 8 x 3"
    )
  })
})
