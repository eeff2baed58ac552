import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Rng from "@edgeol/core/Rng"
import { BundleError } from "@edgeol/deploy/BundleError"
import * as Place from "@edgeol/deploy/device/Place"
import { expect, onTestFinished, test } from "vitest"
import * as Flips from "../Flips.ts"

test("which release was installed is told as it was, or with any byte changed not at all", async () => {
  const root = mkdtempSync(join(tmpdir(), "device-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  expect(Place.installed(root)).toBeUndefined()
  const one = { release: 12, hash: "5a".repeat(32) }
  Place.install(root, one)
  expect(Place.installed(root)).toEqual(one)
  const path = join(root, "installed.json")
  const bytes = readFileSync(path)
  const judge = (changed: Uint8Array): Flips.Verdict => {
    writeFileSync(path, changed)
    try {
      Place.installed(root)
      return "obeyed"
    } catch (error) {
      expect(error).toBeInstanceOf(BundleError)
      return "refused"
    }
  }
  const places = Array.from({ length: 8 }, () => [...bytes.keys()]).flat()
  const { refused } = await Flips.flip({ name: "installed.json", bytes, judge }, places, Rng.named(1, "flips"))
  expect(refused).toBe(8 * bytes.length)
})
