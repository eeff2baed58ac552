import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as Addon from "@edgeol/backends/tensorflow/Addon"
import * as Install from "@edgeol/backends/tensorflow/Install"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Fixture from "./Fixture.ts"

describe("Addon", () => {
  it("says when there is no compiler", () =>
    Fixture.folder(async (path) => {
      const env = { PATH: path, CXX: undefined }
      const error = await Fixture.under(env, Effect.flip(Addon.install(path, path)))
      expect(error.reason).toBe("NoCompiler")
      expect(error.message).toContain("g++ is needed")
    }))

  it("passes on the compiler's complaint, and keeps nothing", () =>
    Fixture.folder(async (path) => {
      const wheel = Fixture.build(path)
      const cache = join(path, "cache")
      const made = Install.install(wheel, path).pipe(Effect.flatMap((folder) => Addon.install(folder, cache)))
      const error = await Fixture.under(Fixture.index(path), Effect.flip(made))
      expect(error.reason).toBe("CompileFailed")
      expect(error.message).toContain("this TensorFlow is a fixture")
      expect(readdirSync(cache)).toEqual([])
    }))
})
