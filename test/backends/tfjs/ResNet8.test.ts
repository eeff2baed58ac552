import { existsSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as ResNet8 from "@edgeol/backends/tfjs/ResNet8"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import { Effect } from "effect"
import { data } from "../../data.ts"
import * as Cifar from "./Cifar.ts"

const index = `${data}/pretrained-mlperf-tiny/derived/pretrainedResnet.index.json`
const here = existsSync(index)
if (!here) console.warn(`ResNet8: tests skipped, there is no ${index}`)

describe.skipIf(!here)("ResNet-8 from the pre-trained Keras file", () => {
  const { tf } = Engine.start(1)
  const net = Net.make(tf, ResNet8.make({ kind: "ResNet8", classes: 10 }))

  it("gives the logits that its README lists for CIFAR image 0, and answers 92.9 % of batch 0 rightly", () => {
    const listed = [-16.6941, -13.4787, -9.0283, 0.1458, -7.0876, -6.5569, -1.3525, -4.9981, -16.453, -16.1605]
    const weights = Weights.fromArrays(tf, ResNet8.pretrained(index))
    const examples = Cifar.images(1000)
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
      const before = yield* learner.validate(Cifar.images(64))
      yield* learner.pretrain(Cifar.images(64), 8)
      const after = yield* learner.validate(Cifar.images(64))
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
