import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Checkpoint from "@edgeol/backends/tfjs/Checkpoint"
import type { Learned } from "@edgeol/backends/tfjs/Learned"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Safetensors from "@edgeol/backends/tfjs/Safetensors"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import { LearnerError } from "@edgeol/core/Learner"
import * as Rng from "@edgeol/core/Rng"
import * as fc from "fast-check"

const { tf } = Engine.start(1)
const config = { kind: "ConvNet", shape: [8, 8, 1], classes: 3, widths: [2, 3] } as const
const model = Models.make(config)
const folder = mkdtempSync(join(tmpdir(), "edgeol-checkpoint-"))
const path = join(folder, Checkpoint.name(1))

const learned = (): Learned => ({
  weights: Weights.fromArrays(tf, Model.initial(model, 1)),
  slots: Weights.fromArrays(tf, new Map([["head/bias", { shape: [3], values: Float32Array.of(1, -2, 1e-9) }]])),
  seen: [true, false, true],
  frozen: [true, false, false],
  iteration: 42,
  rng: Rng.named(7, "minibatches").state()
})

describe("a checkpoint", () => {
  it("gives back bit by bit what was saved", () => {
    const before = learned()
    const digest = Checkpoint.write(path, model, { learned: before, saves: 5, reference: "abc" })
    const after = Checkpoint.read(path, tf, model)
    expect(Weights.toArrays(after.learned.weights)).toEqual(Weights.toArrays(before.weights))
    expect(Weights.toArrays(after.learned.slots)).toEqual(Weights.toArrays(before.slots))
    expect({ ...after.learned, weights: 0, slots: 0 }).toEqual({ ...before, weights: 0, slots: 0 })
    expect({ saves: after.saves, reference: after.reference, digest: after.digest }).toEqual({
      saves: 5,
      reference: "abc",
      digest
    })
  })

  it("is refused, with a sentence, when it is cut anywhere", () => {
    Checkpoint.write(path, model, { learned: learned(), saves: 1, reference: "" })
    const whole = readFileSync(path)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => refused(whole.subarray(0, length)))
    )
  })

  it("is refused when any bit is flipped", () => {
    Checkpoint.write(path, model, { learned: learned(), saves: 1, reference: "" })
    const whole = readFileSync(path)
    const flipped = (at: number, bit: number) => {
      const bytes = Buffer.from(whole)
      bytes[at] = bytes[at]! ^ (1 << bit)
      refused(bytes)
    }
    for (let at = 0; at < 200; at++) flipped(at, at % 8)
    fc.assert(fc.property(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 0, max: 7 }), flipped), {
      numRuns: 300
    })
  })

  it("is refused when it is absent, foreign or of another model", () => {
    expect(failure(join(folder, "none"), model).message).toContain("name one that exists")
    refused(Buffer.from("GIF89a not a checkpoint at all"))
    refused(Safetensors.encode({ arrays: new Map(), metadata: { made: "elsewhere" } }))
    Checkpoint.write(path, model, { learned: learned(), saves: 1, reference: "" })
    const other = Models.make({ ...config, classes: 4 })
    expect(failure(path, other).message).toContain("another model")
  })

  it("leaves no temporary file, and the old one when it cannot write", () => {
    Checkpoint.write(path, model, { learned: learned(), saves: 1, reference: "" })
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([])
    const blocked = join(path, "below-a-file")
    expect(() => Checkpoint.write(blocked, model, { learned: learned(), saves: 1, reference: "" })).toThrow(
      LearnerError
    )
    expect(Checkpoint.read(path, tf, model).saves).toBe(1)
  })
})

const refused = (bytes: Uint8Array): void => {
  const damaged = join(folder, "damaged.safetensors")
  writeFileSync(damaged, bytes)
  const { message } = failure(damaged, model)
  expect(message).toContain(damaged)
  expect(message).not.toContain("\n")
}

const failure = (file: string, of: Model.Model): LearnerError => {
  try {
    Checkpoint.read(file, tf, of)
  } catch (error) {
    expect(error).toBeInstanceOf(LearnerError)
    expect((error as LearnerError).reason).toBe("Checkpoint")
    return error as LearnerError
  }
  throw new Error(`${file} was accepted`)
}
