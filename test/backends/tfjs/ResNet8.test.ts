import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inflateSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as ResNet8 from "@edgeol/backends/tfjs/ResNet8"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import type { Examples } from "@edgeol/core/Examples"
import { Effect } from "effect"
import { data } from "../../data.ts"

const index = `${data}/pretrained-mlperf-tiny/derived/pretrainedResnet.index.json`
const here = existsSync(index)
if (!here) console.warn(`ResNet8: tests skipped, there is no ${index}`)

/** The first `count` images of the CIFAR-10 sample: a PNG of 1024 x 1000 RGB pixels, one image a row. */
const images = (count: number): Examples => {
  const rows = pngRows(readFileSync(`${data}/cifar10-sample/cifar10_batch_0.png`), 3072, count)
  const labels = readFileSync(`${data}/cifar10-sample/derived/cifar10_batch_0.labels.txt`, "utf8").split("\n")
  return { count, shape: [32, 32, 3], inputs: rows, labels: Int32Array.from(labels.slice(0, count), Number) }
}

/** Rows of a non-interlaced 8-bit RGB PNG (PNG specification, section 9: filters). */
const pngRows = (file: Buffer, width: number, count: number): Uint8Array => {
  const parts: Array<Buffer> = []
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)))
  const raw = inflateSync(Buffer.concat(parts))
  const out = new Uint8Array(count * width)
  for (let y = 0; y < count; y++) {
    const filter = raw[y * (width + 1)]!
    for (let x = 0; x < width; x++) {
      const [a, b, c] = [
        x < 3 ? 0 : out[y * width + x - 3]!,
        y === 0 ? 0 : out[(y - 1) * width + x]!,
        x < 3 || y === 0 ? 0 : out[(y - 1) * width + x - 3]!
      ]
      const guess = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter]!
      out[y * width + x] = raw[y * (width + 1) + 1 + x]! + guess
    }
  }
  return out
}

const paeth = (a: number, b: number, c: number): number => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}

describe.skipIf(!here)("ResNet-8 from the pre-trained Keras file", () => {
  const { tf } = Engine.start(1)
  const net = Net.make(tf, ResNet8.make({ kind: "ResNet8", classes: 10 }))

  it("gives the logits that its README lists for CIFAR image 0, and answers 92.9 % of batch 0 rightly", () => {
    const listed = [-16.6941, -13.4787, -9.0283, 0.1458, -7.0876, -6.5569, -1.3525, -4.9981, -16.453, -16.1605]
    const weights = Weights.fromArrays(tf, ResNet8.pretrained(index))
    const examples = images(1000)
    const logits = Net.folded(net, weights, (units) => Net.logits(net, units, examples))
    listed.forEach((value, i) => expect(logits[i]).toBeCloseTo(value, 2))
    let right = 0
    for (let i = 0; i < 1000; i++) {
      const row = logits.subarray(10 * i, 10 * i + 10)
      if (row.indexOf(Math.max(...row)) === examples.labels[i]) right++
    }
    expect(right).toBe(929)
  })

  it.effect("gives a learner its body, and the head starts anew", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make({
        model: { kind: "ResNet8", classes: 10 },
        training: { learningRate: 0.01, momentum: 0.9, weightDecay: 0, batchSize: 16, epochs: 1 },
        seed: 1,
        folder: mkdtempSync(join(tmpdir(), "edgeol-resnet8-")),
        threads: 1,
        rounds: "warm",
        initial: ResNet8.body(index)
      })
      const [weights, file] = [yield* learner.weights, ResNet8.pretrained(index)]
      expect(weights.get("stack3/b/kernel")).toEqual(file.get("stack3/b/kernel"))
      expect(weights.get("head/kernel")).not.toEqual(file.get("head/kernel"))
      const before = yield* learner.validate(images(64))
      yield* learner.pretrain(images(64), 8)
      const after = yield* learner.validate(images(64))
      expect(before.value.accuracy).toBeLessThan(0.4)
      expect(after.value.accuracy).toBeGreaterThan(0.8)
    }).pipe(Effect.scoped)
  )

  it("names every weight of the model", () => {
    const names = [...ResNet8.pretrained(index).keys()].toSorted()
    const own = net.model.units.flatMap(({ layer }) => layer.weights.map(({ name }) => name)).toSorted()
    expect(names).toEqual(own)
  })
})

it("says which file is missing", () => {
  expect(() => ResNet8.pretrained("/nowhere/x.index.json")).toThrow(
    "cannot read the pre-trained model /nowhere/x.index.json"
  )
})
