import { fc, test } from "@fast-check/vitest"
import * as Idx from "@edgeol/streams/formats/Idx"
import { Result } from "effect"
import { describe, expect } from "vitest"
import { bytes, idx } from "../bytes.ts"
import { expectSentence, failureOf } from "./sentences.ts"

const block = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 })
  .chain((dimensions) =>
    bytes(dimensions.reduce((product, n) => product * n, 1)).map((values) => ({ dimensions, values }))
  )

describe("Idx.read", () => {
  test.prop([block])("gives back what was written", ({ dimensions, values }) => {
    const read = Result.getOrThrow(Idx.read(idx(dimensions, values), dimensions.length, "a.idx"))
    expect(read.dimensions).toEqual(dimensions)
    expect([...read.values]).toEqual([...values])
  })

  test.prop([block, fc.nat()])("says where it is cut short", ({ dimensions, values }, cut) => {
    const whole = idx(dimensions, values)
    expectSentence(Idx.read(whole.slice(0, cut % whole.length), dimensions.length, "a.idx"), "a.idx")
  })

  test("names the problem", () => {
    expect(failureOf(Idx.read(idx([2], Uint8Array.of(1, 2)), 3, "a.idx"))).toContain("byte 10: it ends in its header")
    expect(failureOf(Idx.read(Buffer.alloc(20), 1, "a.idx"))).toContain("it is not a block of bytes of 1 dimensions")
    expect(failureOf(Idx.read(idx([2, 2], Uint8Array.of(1)), 2, "a.idx"))).toContain("2 x 2 values do not fill 1 bytes")
  })
})
