import { fc, test } from "@fast-check/vitest"
import * as Png from "@edgeol/streams/formats/Png"
import { Result } from "effect"
import { describe, expect } from "vitest"
import { bytes, png, spoilt } from "../bytes.ts"
import { expectSentence, soundOrSentence } from "./sentences.ts"

const size = fc.integer({ min: 1, max: 9 })
const image = fc
  .tuple(size, size)
  .chain(([width, height]) => bytes(width * height * 3).map((pixels) => ({ width, height, pixels })))

const pixels = Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 37) % 256)
const example = png(7, 5, pixels)

describe("Png.read", () => {
  test.prop([image])("gives back what was written", ({ height, pixels, width }) => {
    const read = Result.getOrThrow(Png.read(png(width, height, pixels), "a.png"))
    expect([read.width, read.height, ...read.pixels]).toEqual([width, height, ...pixels])
  })

  test.prop([spoilt(example)], { numRuns: 500 })("damaged input gives a sentence or the same pixels", (bytes) => {
    const read = soundOrSentence(Png.read(bytes, "a.png"), "a.png")
    if (read !== undefined) expect([...read.pixels]).toEqual([...pixels])
  })

  test("cut short or not an image at all, it says so", () => {
    expectSentence(Png.read(example.slice(0, 60), "a.png"), "a.png")
    expectSentence(Png.read(Buffer.from("no image"), "a.png"), "a.png")
    expectSentence(Png.read(new Uint8Array(0), "a.png"), "a.png")
  })
})
