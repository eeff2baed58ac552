import { fc, test } from "@fast-check/vitest"
import * as Patterns from "@edgeol/streams/Patterns"
import * as Stream from "@edgeol/streams/Stream"
import { describe, expect } from "vitest"
import { fingerprints } from "./streams.ts"

const seed = fc.integer({ min: 0, max: 10_000 })

describe("patterns/nic", () => {
  test.prop([seed, fc.integer({ min: 0, max: 4 }), fc.array(fc.integer({ min: 0, max: 599 }), { maxLength: 6 })], {
    numRuns: 20
  })("an image depends on its seed, scenario and place alone", (seed, s, positions) => {
    const { heldOut } = Patterns.nic(seed).scenarios[s]!
    const together = heldOut.take(positions)
    const apart = positions.map((position) => Patterns.nic(seed).scenarios[s]!.heldOut.take([position]))
    expect(fingerprints(together)).toEqual(apart.flatMap(fingerprints))
    expect([...together.labels]).toEqual(positions.map((position) => heldOut.labels[position]))
  })

  test("seeds and scenarios give other images", () => {
    const images = [1, 2].flatMap((seed) =>
      Patterns.nic(seed).scenarios.flatMap(({ train }) => fingerprints(train.take([0, 1, 2])))
    )
    expect(new Set(images).size).toBe(images.length)
  })

  test("no image is in two pools", () => {
    const images = Patterns.nic(3).scenarios.flatMap(({ train, validation, heldOut }) =>
      [train, validation, heldOut].flatMap((pool) =>
        fingerprints(pool.take(Int32Array.from({ length: 60 }, (_, i) => i)))
      )
    )
    expect(new Set(images).size).toBe(images.length)
  })

  test.prop([seed])("labels appear in order, two new ones in each scenario", (seed) => {
    const stream = Patterns.nic(seed)
    expect(stream.scenarios.map((_, s) => Stream.seen(stream, s))).toEqual([6, 8, 10, 12, 14])
    expect(new Set(stream.classes).size).toBe(14)
    for (const { classes, train } of stream.scenarios) {
      expect(new Set(classes).size).toBe(6)
      expect([...new Set(train.labels)].toSorted((a, b) => a - b)).toEqual(classes)
    }
  })
})
