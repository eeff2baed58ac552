import { fc, test } from "@fast-check/vitest"
import * as Ppm from "@edgeol/streams/formats/Ppm"
import { describe, expect } from "vitest"
import { bytes, ppm } from "../bytes.ts"
import { expectSentence, failureOf, soundOrSentence } from "./sentences.ts"

const size = fc.integer({ min: 1, max: 9 })
const image = fc
  .tuple(size, size)
  .chain(([width, height]) => bytes(width * height * 3).map((pixels) => ({ width, height, pixels })))

describe("Ppm.read", () => {
  test.prop([image])("gives back what was written", (image) => {
    const read = Ppm.read(ppm(image.width, image.height, image.pixels), "a.ppm")
    expect(read).toMatchObject({ success: { width: image.width, height: image.height } })
    expect([...new Uint8Array(soundOrSentence(read, "a.ppm")!.pixels)]).toEqual([...image.pixels])
  })

  test.prop([image, fc.nat()])("says where it is cut short", ({ height, pixels, width }, cut) => {
    const whole = ppm(width, height, pixels)
    expectSentence(Ppm.read(whole.slice(0, cut % whole.length), "a.ppm"), "a.ppm")
  })

  test("names the problem", () => {
    const text = (header: string) => Ppm.read(Buffer.from(header), "a.ppm")
    expect(failureOf(text("P5\n1 1\n255\nabc"))).toBe(
      "a.ppm is damaged at byte 0: it does not begin with P6; fetch the file again."
    )
    expect(failureOf(text("P6\n1 1\n65535\nabc"))).toContain("the greatest value is 65535, not 255")
    expect(failureOf(text("P6\n2 1\n255\nabc"))).toContain("at byte 11: 2 x 1 pixels need 6 bytes, not 3")
    expect(failureOf(text("P6\n# no end of line"))).toContain("width, height and greatest value do not follow")
  })
})
