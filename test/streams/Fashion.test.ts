import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Fashion from "@edgeol/streams/Fashion"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { idx } from "./bytes.ts"
import { data, has } from "../data.ts"
import { everyImage, laws } from "./pools.ts"

const folder = mkdtempSync(join(tmpdir(), "edgeol-fashion-"))
mkdirSync(join(folder, "fashion-mnist"))
const write = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, "fashion-mnist", name), gzipSync(bytes))
const [imageFile, labelFile] = ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] as const

/** 200 images that all differ. */
const pixels = Uint8Array.from({ length: 200 * 784 }, (_, at) => (at % 784 === 0 ? at / 784 : 128))
write(imageFile, idx([200, 28, 28], pixels))
write(
  labelFile,
  idx(
    [200],
    Uint8Array.from({ length: 200 }, (_, i) => i % 10)
  )
)
const images = await Effect.runPromise(Fashion.read(folder))

describe("fashion-mnist/nc", () => laws("fashion-mnist/nc", Fashion.nc(images)))

describe("fashion-mnist/ni", () => {
  laws("fashion-mnist/ni", Fashion.ni(images))

  test("shows the same images in every pose", () => {
    const { scenarios } = Fashion.ni(images)(1)
    expect(scenarios.map(({ name }) => name)).toEqual(["clear", "turned 30", "turned 60", "turned 90", "inverted"])
    expect(scenarios.every(({ classes }) => classes.length === 10)).toBe(true)
    const [plain, ...others] = scenarios.map(({ train }) => everyImage(train))
    expect(others.every(({ labels }) => labels.join() === plain!.labels.join())).toBe(true)
    expect(others.at(-1)!.inputs).toEqual(plain!.inputs.map((byte) => 255 - byte))
  })
})

describe("read", () => {
  const failure = async () => (await Effect.runPromise(Effect.flip(Fashion.read(folder)))).message

  test("says what does not fit", async () => {
    write(labelFile, idx([199], new Uint8Array(199)))
    expect(await failure()).toMatch(
      /labels-idx1-ubyte\.gz is damaged at byte 4: there are 199 labels for 200 images; fetch/
    )
    write(labelFile, idx([200], new Uint8Array(200).fill(11)))
    expect(await failure()).toMatch(/is damaged at byte 8: a label is above 9; fetch/)
    write(imageFile, idx([200, 2, 2], new Uint8Array(800)))
    expect(await failure()).toMatch(/is damaged at byte 8: images are 2 x 2, not 28 x 28; fetch/)
  })

  test.skipIf(!has("fashion-mnist"))("reads the published test images (needs shared data)", async () => {
    const read = await Effect.runPromise(Fashion.read(data))
    // The README of the data: 1,000 per class, mean pixel 73.15.
    expect(read.count).toBe(10_000)
    expect(read.labels.filter((label) => label === 3)).toHaveLength(1000)
    expect(read.inputs.reduce((sum, value) => sum + value, 0) / read.inputs.length).toBeCloseTo(73.15, 2)
  })
})
