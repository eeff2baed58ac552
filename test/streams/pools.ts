/** Laws of every stream that is cut from kept images, given images that all differ. */
import type { Examples } from "@edgeol/core/Examples"
import * as Stream from "@edgeol/streams/Stream"
import { expect, test } from "vitest"
import { fingerprints } from "./streams.ts"

export const everyImage = (pool: Stream.Pool): Examples => pool.take(Array.from(pool.labels.keys()))

const poolsOf = ({ heldOut, train, validation }: Stream.Scenario) => ({ train, validation, heldOut })

const clear = ({ scenarios }: Stream.Stream) =>
  scenarios.filter(({ name }) => !/dark|fog|cast|blur|turned|inverted/.test(name))

/** Images of one kind of pool, over the scenarios that leave them as they are. */
const imagesOf = (stream: Stream.Stream, role: keyof ReturnType<typeof poolsOf>): ReadonlySet<string> =>
  new Set(clear(stream).flatMap((scenario) => fingerprints(everyImage(poolsOf(scenario)[role]))))

export const laws = (name: string, make: (seed: number) => Stream.Stream): void => {
  test.each([1, 2, 3])("roles share no image (seed %i)", (seed) => {
    const stream = make(seed)
    const roles = (["train", "validation", "heldOut"] as const).map((role) => imagesOf(stream, role))
    const sizes = roles.map(({ size }) => size)
    expect(sizes.every((size) => size > 0)).toBe(true)
    expect(new Set(roles.flatMap((role) => [...role])).size).toBe(sizes.reduce((sum, size) => sum + size, 0))
  })

  test("the same seed gives the same bytes, another seed other classes or roles", () => {
    const first = (seed: number) => make(seed).scenarios.map(({ train }) => train.take([0, 1, 5]))
    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
  })

  test("labels are the scenario's, and their images those of one class throughout", () => {
    const stream = make(4)
    expect(stream.name).toBe(name)
    for (const scenario of stream.scenarios)
      for (const pool of Object.values(poolsOf(scenario))) {
        expect(new Set(pool.labels)).toEqual(new Set(scenario.classes))
        expect(pool.take([1, 0, 1]).labels).toEqual(Int32Array.of(pool.labels[1]!, pool.labels[0]!, pool.labels[1]!))
      }
    expect(Stream.seen(stream, stream.scenarios.length - 1)).toBe(stream.classes.length)
  })

  test("an image in a domain does not depend on what is taken with it", () => {
    for (const { heldOut } of make(5).scenarios)
      expect(fingerprints(heldOut.take([3, 9]))).toEqual([3, 9].flatMap((place) => fingerprints(heldOut.take([place]))))
  })
}
