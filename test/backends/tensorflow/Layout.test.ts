import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Layout from "@edgeol/backends/tensorflow/Layout"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Fixture from "./Fixture.ts"

const all = [Layout.library, Layout.framework, "include/tensorflow/c/c_api.h"]

const lay = (folder: string, present: ReadonlyArray<string>): void => {
  for (const file of present) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), "x")
  }
}

describe("Layout", () => {
  it("names exactly what is absent", () =>
    Fixture.folder(async (path) => {
      const counts = new Set<number>()
      const law = (present: ReadonlyArray<string>) => {
        rmSync(path, { recursive: true, force: true })
        lay(path, present)
        counts.add(present.length)
        expect(Layout.missing(path)).toEqual(all.filter((file) => !present.includes(file)))
      }
      fc.assert(fc.property(fc.subarray(all), law))
      expect(counts).toEqual(new Set([0, 1, 2, 3]))
    }))

  it("tells folders and changed libraries apart, and nothing else", () =>
    Fixture.folder(async (path) => {
      const [a, b] = [join(path, "a"), join(path, "b")]
      lay(a, all)
      lay(b, all)
      const before = Layout.identity(a)
      expect(Layout.identity(b)).not.toBe(before)
      writeFileSync(join(a, "other"), "x")
      expect(Layout.identity(a)).toBe(before)
      writeFileSync(join(a, Layout.library), "longer")
      expect(Layout.identity(a)).not.toBe(before)
    }))
})
