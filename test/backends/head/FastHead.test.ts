import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Committee from "@edgeol/backends/head/Committee"
import * as FastHead from "@edgeol/backends/head/FastHead"
import * as Features from "@edgeol/backends/head/Features"
import * as Head from "@edgeol/backends/head/Head"
import * as HeadFile from "@edgeol/backends/head/HeadFile"
import * as SoftmaxSgd from "@edgeol/backends/head/SoftmaxSgd"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Safetensors from "@edgeol/backends/tfjs/Safetensors"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Examples from "@edgeol/core/Examples"
import { LearnerError } from "@edgeol/core/Learner"
import { describe, expect, it } from "vitest"
import * as Problem from "../tfjs/Problem.ts"

const { tf } = Engine.start(1)
const folder = mkdtempSync(join(tmpdir(), "edgeol-head-"))

const bodyOf = (config: Models.Config): FastHead.Body => {
  const net = Net.make(tf, Models.make(config))
  return { net, units: Model.fold(tf, net.ops, net.model, Weights.fromArrays(tf, Model.initial(net.model, 1))) }
}

const small = { kind: "ConvNet", shape: Problem.shape, classes: 6, widths: [8, 8] } as const
const body = bodyOf(small)
const right = (labels: Int32Array, truth: Int32Array) =>
  labels.filter((label, i) => label === truth[i]).length / truth.length

describe("features", () => {
  it("are 256 numbers of ResNet-8, and one grid of 2 x 2 of whatever maps a net ends with", () => {
    const width = (config: Models.Config, side: number) => {
      const image = { ...Examples.empty([side, side, 3]), count: 1, inputs: new Uint8Array(side * side * 3) }
      return Features.pass(bodyOf(config).net, bodyOf(config).units, image).width
    }
    expect(width({ kind: "ResNet8", classes: 3 }, 32)).toBe(256)
    for (const side of [4, 7, 16, 30]) {
      const widths = [5, 6]
      const left = Math.ceil(Math.ceil(side / 2) / 2)
      expect(width({ kind: "ConvNet", shape: [side, side, 3], classes: 2, widths }, side)).toBe(
        6 * Math.min(2, left) ** 2
      )
    }
    // A grid of 2 x 2 would be 1,200 numbers.
    expect(width({ kind: "ConvNet", shape: [16, 16, 3], classes: 2, widths: [300] }, 16)).toBe(300)
  })

  it("are means of the last maps, and the logits are the model's own", () => {
    const examples = Problem.make(1, 5)
    const { features, logits, width } = Features.pass(body.net, body.units, examples)
    expect(logits).toEqual(Net.logits(body.net, body.units, examples))
    const maps = tf.tidy(() => {
      const all = Model.activations(body.units, Net.input(body.net, examples, [0, 1, 2, 3, 4]))
      return { shape: all.at(-2)!.shape, values: all.at(-2)!.dataSync<"float32">() }
    })
    const [, height, across, channels] = maps.shape as [number, number, number, number]
    expect(width).toBe(4 * channels)
    let sum = 0
    for (let y = 0; y < height / 2; y++)
      for (let x = 0; x < across / 2; x++) sum += maps.values[(y * across + x) * channels + 3]!
    expect(features[3]).toBeCloseTo(sum / ((height / 2) * (across / 2)), 4)
  })

  it("have mean 0 and deviation 1, constant ones 0, and no example none", () => {
    const features = Float32Array.of(1, 7, 2, 3, 7, 2, 5, 7, 4, NaN, 0, 0)
    const standard = Features.standard({ width: 3, features, logits: new Float32Array(0) })
    const { values } = Features.standardise(standard, { width: 3, features, logits: new Float32Array(0) })
    const column = (j: number) => [0, 1, 2].map((i) => values[3 * i + j]!)
    for (const j of [0, 2]) {
      expect(column(j).reduce((a, b) => a + b)).toBeCloseTo(0, 9)
      expect(column(j).reduce((sum, value) => sum + value ** 2, 0) / 3).toBeCloseTo(1, 9)
    }
    expect([...column(1), values[10]]).toEqual([0, 0, 0, 0])
    expect(values[9]).toBe(NaN)
    const nothing = Features.pass(body.net, body.units, Examples.empty(Problem.shape))
    expect(Features.standardise(Features.standard(nothing), nothing).count).toBe(0)
  })

  it("are the same however many examples go at once, and leave no tensor behind", () => {
    const examples = Problem.make(1, 150)
    Features.pass(body.net, body.units, examples) // keeps the shapes of its batches, once
    const before = tf.memory().numTensors
    const { features, width } = Features.pass(body.net, body.units, examples)
    expect(tf.memory().numTensors).toBe(before)
    const last = Features.pass(body.net, body.units, Examples.take(examples, [149])).features
    expect(last.every((value, j) => Math.abs(value - features[149 * width + j]!) < 1e-4)).toBe(true)
  })
})

describe("a fast head", () => {
  it("learns classes that its model never learnt, each batch answered before it is learnt", () => {
    const head = FastHead.start(body, Problem.make(1, 32, 2))
    const unseen = Problem.make(2, 60, 3, 2)
    expect(right(FastHead.predict(head, body, unseen).labels, unseen.labels)).toBe(0)
    const batches = Array.from({ length: 12 }, (_, i) => Problem.make(3 + i, 16, 3, 2))
    const shares = batches.map((batch) => right(FastHead.learn(head, body, batch).labels, batch.labels))
    expect(shares[0]).toBe(0)
    expect(right(FastHead.predict(head, body, unseen).labels, unseen.labels)).toBeGreaterThan(0.8)
  })

  it("does not mind a batch of nothing", () => {
    const head = FastHead.start(body, Problem.make(1, 32, 2))
    expect(FastHead.learn(head, body, Examples.empty(Problem.shape)).labels.length).toBe(0)
  })
})

describe("a saved head", () => {
  const path = join(folder, "head.safetensors")
  const { name } = body.net.model
  const wanted = { model: name, width: 32 }
  const head = FastHead.start(body, Problem.make(1, 64, 3))
  const size = HeadFile.write(path, name, head)

  it("goes on to the same bits", () => {
    const restored = HeadFile.read(path, wanted)
    for (let i = 0; i < 3; i++) {
      const batch = Problem.make(5 + i, 16, 4)
      expect(FastHead.learn(restored, body, batch)).toEqual(FastHead.learn(head, body, batch))
    }
    expect(restored.committee.state()).toEqual(head.committee.state())
    expect(restored.standard).toEqual(head.standard)
  })

  it("takes the bytes that it says", () => {
    expect(size).toBe(readFileSync(path).length)
    expect(size).toBeGreaterThan(HeadFile.bytes(HeadFile.read(path, wanted)))
    expect(size).toBeLessThan(HeadFile.bytes(HeadFile.read(path, wanted)) + 10_000)
  })

  it("is refused in one sentence where it does not fit", () => {
    const softmax = { families: [Head.alone("softmax", SoftmaxSgd.make())], weighting: Committee.defaults.weighting }
    expect(refusal({ ...wanted, width: 256 })).toMatch(
      /has learnt 32 features and the model gives 256: restore it with/
    )
    expect(refusal({ ...wanted, model: "another" })).toContain("is of another model")
    expect(refusal({ ...wanted, config: softmax })).toContain("is of other heads")
    writeFileSync(path, readFileSync(path).subarray(0, size - 1))
    expect(refusal(wanted)).toContain("is damaged")
    writeFileSync(path, Safetensors.encode({ arrays: new Map(), metadata: { made: "elsewhere" } }))
    expect(refusal(wanted)).toContain("not one of edgeol's")
    writeFileSync(
      path,
      Safetensors.encode({ arrays: new Map(), metadata: { edgeol: JSON.stringify(HeadFile.facts(name, head)) } })
    )
    expect(refusal(wanted)).toContain("start the head anew")
    expect(refusal(wanted, join(folder, "none"))).toContain("name one that exists")
    expect(() => HeadFile.write(join(path, "below-a-file"), name, head)).toThrow(LearnerError)
  })

  const refusal = (of: HeadFile.Wanted, file = path): string => {
    try {
      HeadFile.read(file, of)
    } catch (error) {
      expect(error).toBeInstanceOf(LearnerError)
      expect((error as Error).message).not.toContain("\n")
      return (error as Error).message
    }
    throw new Error("it was accepted")
  }
})
