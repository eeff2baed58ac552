import { expect, it } from "@effect/vitest"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Calls from "@edgeol/backends/tfjs/Calls"
import * as OneDnn from "@edgeol/backends/tfjs/OneDnn"

const { tf } = Engine.start(1)
const calls = Calls.make(tf)
const own = OneDnn.tensorflow(calls)

it("takes TensorFlow's kernels where oneDNN's are missing or give something else", () => {
  const missing: OneDnn.Kernels = {
    ...own,
    maxPool: (x) => ({ output: calls.one("_NoSuchKernel", [], [x]), places: undefined })
  }
  const wrong: OneDnn.Kernels = {
    ...own,
    convBias: (...inputs) => tf.mul(own.convBias(...inputs), 1.01)
  }
  const before = tf.memory().numTensors
  expect(OneDnn.agree(tf, own, own)).toBe(true)
  expect(OneDnn.agree(tf, own, missing)).toBe(false)
  expect(OneDnn.agree(tf, own, wrong)).toBe(false)
  expect(tf.memory().numTensors).toBe(before)
})

it("does without oneDNN's when it is switched off", () => {
  const chosen = (setting: string | undefined) => {
    const [kept, before] = [process.env.TF_ENABLE_ONEDNN_OPTS, calls.count()]
    if (setting === undefined) delete process.env.TF_ENABLE_ONEDNN_OPTS
    else process.env.TF_ENABLE_ONEDNN_OPTS = setting
    OneDnn.choose(tf, calls)
    if (kept === undefined) delete process.env.TF_ENABLE_ONEDNN_OPTS
    else process.env.TF_ENABLE_ONEDNN_OPTS = kept
    return calls.count() - before
  }
  expect(chosen("0")).toBe(0)
  expect(chosen(undefined)).toBeGreaterThan(4)
})
