import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Examples } from "@edgeol/core/Examples"
import * as Cifar from "@edgeol/streams/Cifar"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { png } from "./bytes.ts"
import { data, has } from "../data.ts"
import { laws } from "./pools.ts"

/** 400 images that all differ. */
const images: Examples = {
  count: 400,
  shape: [32, 32, 3],
  inputs: Uint8Array.from({ length: 400 * 3072 }, (_, at) =>
    at % 3072 === 0 ? Math.floor(at / 3072) % 256 : at % 3072 === 1 ? Math.floor(at / 3072 / 256) : 128
  ),
  labels: Int32Array.from({ length: 400 }, (_, i) => i % 10)
}

describe("cifar10/ni", () => laws("cifar10/ni", Cifar.ni(images)))
describe("cifar10/nc", () => laws("cifar10/nc", Cifar.nc(images)))

describe("read", () => {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-cifar-"))
  const [sheet, labels] = ["", "derived/"].map((part) => join(folder, "cifar10-sample", `${part}cifar10_batch_0`))
  mkdirSync(join(folder, "cifar10-sample/derived"), { recursive: true })
  const failure = async () => (await Effect.runPromise(Effect.flip(Cifar.read(folder)))).message

  test("says what is missing or damaged", async () => {
    const whole = png(1024, 1000, new Uint8Array(1024 * 1000 * 3))
    expect(await failure()).toMatch(/cifar10_batch_0\.png cannot be read \(no such file or directory\)/)
    writeFileSync(`${sheet}.png`, png(8, 8, new Uint8Array(192)))
    writeFileSync(`${labels}.labels.txt`, "1\n".repeat(999))
    expect(await failure()).toMatch(/cifar10_batch_0\.png is damaged at byte 16: it is 8 x 8, not 1024 x 1000; fetch/)
    writeFileSync(`${sheet}.png`, whole.slice(0, 500))
    expect(await failure()).toMatch(/cifar10_batch_0\.png is damaged: .*; fetch the file again\.$/)
    writeFileSync(`${sheet}.png`, whole)
    expect(await failure()).toMatch(
      /batch_0\.labels\.txt is damaged at byte 0: it is not 1000 lines of one digit; fetch/
    )
  })

  test.skipIf(!has("cifar10-sample"))("reads the published sheets (needs shared data)", async () => {
    const read = await Effect.runPromise(Cifar.read(data))
    expect(read.count).toBe(2000)
    // The README of the data: labels as in the official data_batch_1, and the histogram of sheet 0.
    expect([...read.labels.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3])
    const histogram = Array.from({ length: 10 }, (_, c) => read.labels.subarray(0, 1000).filter((l) => l === c).length)
    expect(histogram).toEqual([102, 112, 99, 92, 99, 85, 107, 102, 99, 103])
  })
})
