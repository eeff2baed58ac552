import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Addon from "@edgeol/backends/tensorflow/Addon"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Fixture from "./Fixture.ts"

describe("Tensorflow", () => {
  it("says what EDGEOL_TENSORFLOW lacks, and writes nothing", () =>
    Fixture.folder(async (path) => {
      const cache = join(path, "cache")
      const env = { EDGEOL_TENSORFLOW: path, EDGEOL_CACHE: cache }
      const error = await Fixture.under(env, Effect.flip(Tensorflow.ensure))
      expect(error.reason).toBe("IncompleteTensorflow")
      expect(error.message).toContain(
        `${path}, which lacks libtensorflow_cc.so.2, libtensorflow_framework.so.2, include/tensorflow/c/c_api.h`
      )
      expect(existsSync(cache)).toBe(false)
    }))

  // The first one on a machine fetches 274 MB and compiles.
  it("loads, trains a step, and keeps its number of threads", { timeout: 600_000 }, async () => {
    const engine = await Effect.runPromise(Tensorflow.load())
    expect(engine.version).toMatch(/^2\.\d+\.\d+/)
    expect(engine.threads).toBe(Engine.defaultThreads())
    expect(engine.tf.getBackend()).toBe("tensorflow")
    const [before, after] = Engine.tryStep(engine)
    expect(after).toBeLessThan(before)
    expect(await Effect.runPromise(Tensorflow.load())).toBe(engine)
    const error = await Effect.runPromise(Effect.flip(Tensorflow.load({ threads: engine.threads + 1 })))
    expect(error.reason).toBe("ThreadsFixed")
  })

  it("needs no tool once it is set up", async () => {
    await Effect.runPromise(Tensorflow.ensure)
    const { folder } = await Fixture.under({ PATH: "/nowhere" }, Effect.tap(Tensorflow.source, Tensorflow.ensure))
    expect(Addon.inPlace(folder)).toBe(true)
  })
})
