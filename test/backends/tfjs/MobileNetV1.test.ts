import { existsSync, readFileSync } from "node:fs"
import { expect, it } from "@effect/vitest"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as KerasFile from "@edgeol/backends/tfjs/KerasFile"
import * as MobileNetV1 from "@edgeol/backends/tfjs/MobileNetV1"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import type { Examples } from "@edgeol/core/Examples"
import { data } from "../../data.ts"
import * as Cifar from "./Cifar.ts"

const index = `${data}/pretrained-mlperf-tiny/derived/vww_96.index.json`
const here = existsSync(index)
if (!here) console.warn(`MobileNetV1: tests skipped, there is no ${index}`)

const { tf } = Engine.start(1)
type Tensor = ReturnType<typeof tf.tensor>

/** Three pixels for one. */
const enlarged = ({ count, inputs, labels }: Examples): Examples => {
  const out = new Uint8Array(count * 96 * 96 * 3)
  for (let at = 0; at < out.length; at++) {
    const [channel, x, y, image] = [at % 3, ((at / 3) | 0) % 96, ((at / 288) | 0) % 96, (at / 27648) | 0]
    out[at] = inputs[((image * 32 + ((y / 3) | 0)) * 32 + ((x / 3) | 0)) * 3 + channel]!
  }
  return { count, shape: [96, 96, 3], inputs: out, labels }
}

it("has the 221,794 numbers of its file, but for the biases before batch norms", () => {
  const model = Models.make({ kind: "MobileNetV1", classes: 2 })
  const arrays = [...Model.initial(model, 1)]
  const numbers = arrays.reduce((sum, [, { values }]) => sum + values.length, 0)
  const biases = arrays.reduce((sum, [name, { values }]) => sum + (name.endsWith("/mean") ? values.length : 0), 0)
  expect(numbers + biases).toBe(221_794)
  expect(model.units.length).toBe(7)
})

it("enlarges smaller images itself, as a resizing before it would", () => {
  const shape = [32, 32, 3] as const
  const config = Models.asked({ kind: "mobilenet" }, { classes: 4, shape })
  expect(config).toEqual({ kind: "MobileNetV1", classes: 4, enlarge: 3 })
  expect(Models.asked({ kind: "mobilenet" }, { classes: 4, shape: [96, 96, 3] })).not.toHaveProperty("enlarge")
  const [own, plain] = [
    Net.make(tf, Models.make(config)),
    Net.make(tf, Models.make({ kind: "MobileNetV1", classes: 4 }))
  ]
  expect(own.model.shape).toEqual(shape)
  const weights = Weights.fromArrays(tf, Model.initial(own.model, 1))
  const x = tf.randomUniform([5, ...shape], 0, 1, "float32", 3)
  const resized = tf.image.resizeBilinear(x as never, [96, 96], false, true)
  const last = (net: Net.Net, input: Tensor) =>
    Net.folded(net, weights, (units) => Model.activations(units, input).at(-1)!.dataSync())
  const [found, expected] = [last(own, x), last(plain, resized)]
  found.forEach((logit, i) => expect(logit).toBeCloseTo(expected[i]!, 4))
})

/** The file's own layer graph, a chain, in tfjs's plain operations and with the file's own weights. */
const asWritten = (x: Tensor): Tensor => {
  const file = KerasFile.read(index)
  const { kerasModelConfig } = JSON.parse(readFileSync(index, "utf8"))
  const get = (layer: string, name: string) => {
    const { shape, values } = KerasFile.weight(file, layer, name)
    return tf.tensor(values, [...shape])
  }
  return kerasModelConfig.config.layers.reduce((value: Tensor, { class_name: kind, config }: KerasLayer): Tensor => {
    const { name, strides } = config
    if (kind === "Conv2D")
      return tf.add(tf.conv2d(value as never, get(name, "kernel") as never, strides!, "same"), get(name, "bias"))
    if (kind === "DepthwiseConv2D") {
      const filtered = tf.depthwiseConv2d(value as never, get(name, "depthwise_kernel") as never, strides!, "same")
      return tf.add(filtered, get(name, "bias"))
    }
    if (kind === "BatchNormalization") {
      const [mean, variance, beta, gamma] = ["moving_mean", "moving_variance", "beta", "gamma"].map((of) =>
        get(name, of)
      )
      return tf.batchNorm(value, mean as never, variance as never, beta, gamma, 1e-3)
    }
    if (kind === "Activation") return tf.relu(value)
    if (kind === "AveragePooling2D") return tf.avgPool(value as never, 3, 3, "valid")
    if (kind === "Flatten") return tf.reshape(value, [value.shape[0], -1])
    if (kind === "Dense") return tf.add(tf.matMul(value as never, get(name, "kernel") as never), get(name, "bias"))
    expect(kind).toBe("InputLayer")
    return value
  }, x)
}

interface KerasLayer {
  readonly class_name: string
  readonly config: { readonly name: string; readonly strides?: [number, number] }
}

it.skipIf(!here)("gives the logits of the file's own layer graph", () => {
  const net = Net.make(tf, MobileNetV1.make({ kind: "MobileNetV1", classes: 2 }))
  const arrays = MobileNetV1.pretrained(index)
  for (const [name, { shape }] of Model.initial(net.model, 1)) expect(arrays.get(name)?.shape, name).toEqual(shape)
  const weights = Weights.fromArrays(tf, arrays)
  const examples = enlarged(Cifar.images(100))
  const logits = Net.folded(net, weights, (units) => Net.logits(net, units, examples))
  const expected = tf.tidy(() => {
    const x = tf.tensor(
      Float32Array.from(examples.inputs, (byte) => byte / 255),
      [100, 96, 96, 3]
    )
    return asWritten(x).dataSync()
  })
  logits.forEach((logit, i) => expect(Math.abs(logit - expected[i]!)).toBeLessThan(1e-3))
  const nobody = Array.from({ length: 100 }, (_, i) => logits[2 * i]! > logits[2 * i + 1]!)
  expect(nobody.filter(Boolean).length).toBeGreaterThan(90) // nearly no person in CIFAR
})
