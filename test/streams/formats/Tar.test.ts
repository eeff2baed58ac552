import { fc, test } from "@fast-check/vitest"
import * as Tar from "@edgeol/streams/formats/Tar"
import { Result } from "effect"
import { describe, expect } from "vitest"
import { spoilt, tar } from "../bytes.ts"
import { expectSentence, failureOf, soundOrSentence } from "./sentences.ts"

const files = fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,20}$/), fc.uint8Array({ maxLength: 1100 })), {
  maxLength: 4
})

const example = tar([
  ["a/b.ppm", Buffer.from("hello")],
  ["c", Buffer.alloc(600, 7)]
])

describe("Tar.read", () => {
  test.prop([files])("gives back what was written, in order", (files) => {
    const members = Result.getOrThrow(Tar.read(tar(files), "a.tar"))
    expect(members.map(({ content, name }) => [name, [...content]])).toEqual(
      files.map(([name, content]) => [name, [...content]])
    )
  })

  test.prop([spoilt(example)], { numRuns: 500 })("damaged input gives a sentence or the same members", (bytes) => {
    const members = soundOrSentence(Tar.read(bytes, "a.tar"), "a.tar")
    // Contents have no checksum here (gzip has one), and a bit in a name changes the header's.
    if (members !== undefined) expect(members.map(({ name }) => name)).toEqual(["a/b.ppm", "c"])
  })

  test("a turned bit in a header and a lost end are found", () => {
    const turned = Uint8Array.from(example)
    turned[3]! ^= 1
    expect(failureOf(Tar.read(turned, "a.tar"))).toBe(
      "a.tar is damaged at byte 0: the checksum of a header does not match; fetch the file again."
    )
    expect(failureOf(Tar.read(example.slice(0, 1700), "a.tar"))).toContain(
      "at byte 1536: a member of 600 bytes has 164"
    )
    expect(failureOf(Tar.read(example.slice(0, 1024), "a.tar"))).toContain("at byte 1024: it ends without its end mark")
    expectSentence(Tar.read(new Uint8Array(0), "a.tar"), "a.tar")
  })
})
