import type { Examples } from "@edgeol/core/Examples"
import * as Gtsrb from "@edgeol/streams/Gtsrb"
import * as GtsrbBands from "@edgeol/streams/GtsrbBands"
import type { Pool, Scenario } from "@edgeol/streams/Stream"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { data, has } from "../data.ts"
import { everyImage, laws } from "./pools.ts"

/** Six bytes say class, track and frame, then how bright it is: most tracks pass through all bands, some are all dark. */
const images: Examples = {
  count: 43 * 210,
  shape: [1, 2, 3],
  labels: Int32Array.from({ length: 43 * 210 }, (_, i) => Math.floor(i / 210)),
  inputs: Uint8Array.from({ length: 43 * 210 * 6 }, (_, at) => {
    const i = Math.floor(at / 6)
    const [sign, track, frame] = [Math.floor(i / 210), Math.floor(i / 30) % 7, i % 30]
    const isDark = sign % 3 === 0 && track < 5
    return [sign, track, frame][at % 6] ?? (isDark ? frame : 8 * frame)
  })
}

const pools = ({ heldOut, train, validation }: Scenario) => [train, validation, heldOut]
const sumsOf = (pool: Pool) => {
  const { count, inputs } = everyImage(pool)
  const size = inputs.length / count
  return Array.from({ length: count }, (_, i) =>
    inputs.subarray(i * size, (i + 1) * size).reduce((sum, byte) => sum + byte, 0)
  )
}

/** Whatever the images, if there are enough. */
const bandLaws = (make: ReturnType<typeof GtsrbBands.bands>) => {
  test("bands follow each other without overlap in brightness", () => {
    const { scenarios } = make(1)
    expect(scenarios.map(({ name }) => name)).toEqual(["day", "dusk", "night", "glare"])
    const ranges = [2, 1, 0, 3].map((_, s, order) => {
      const sums = pools(scenarios[order.indexOf(s)]!).flatMap(sumsOf)
      return [sums.reduce((a, b) => Math.min(a, b)), sums.reduce((a, b) => Math.max(a, b))] as const
    })
    for (const [s, [low]] of ranges.entries()) if (s > 0) expect(low).toBeGreaterThan(ranges[s - 1]![1])
  })

  test("each class of a band has images enough for every role", () => {
    for (const scenario of make(2).scenarios)
      for (const [pool, least] of [
        [scenario.train, 15],
        [scenario.validation, 5],
        [scenario.heldOut, 10]
      ] as const)
        for (const label of scenario.classes)
          expect(pool.labels.filter((one) => one === label).length).toBeGreaterThanOrEqual(least)
  })
}

describe("gtsrb32/bands", () => {
  const make = GtsrbBands.bands(images)
  laws("gtsrb32/bands", make)
  bandLaws(make)

  test("a track has one role over all bands", () => {
    const roles = new Map<string, Set<number>>()
    for (const scenario of make(3).scenarios)
      for (const [role, pool] of pools(scenario).entries()) {
        const { count, inputs } = everyImage(pool)
        for (let i = 0; i < count; i++) {
          const track = `${inputs[6 * i]}/${inputs[6 * i + 1]}`
          roles.set(track, (roles.get(track) ?? new Set()).add(role))
        }
      }
    expect([...roles.values()].every(({ size }) => size === 1)).toBe(true)
    expect(roles.size).toBeGreaterThan(200)
  })
})

describe.skipIf(!has("gtsrb32"))("the published images (needs shared data)", async () => {
  const make = GtsrbBands.bands(has("gtsrb32") ? await Effect.runPromise(Gtsrb.read(data)) : images)
  bandLaws(make)

  test("are all met, most by day", () => {
    const { classes, scenarios } = make(1)
    expect(classes).toHaveLength(43)
    expect(scenarios.map((scenario) => scenario.classes.length)).toEqual([26, 24, 13, 15])
    expect(scenarios.map(({ heldOut }) => heldOut.labels.length)).toEqual([470, 557, 395, 459])
  })
})
