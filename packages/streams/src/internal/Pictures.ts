/** Pools of images that stay in their files until they are drawn: a run draws a few thousand of a hundred thousand. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs"
import type { Examples } from "@edgeol/core/Examples"
import { SamplesError } from "@edgeol/core/Samples"
import { Result } from "effect"
import type { Read } from "../formats/Damage.ts"
import * as Png from "../formats/Png.ts"
import * as Ppm from "../formats/Ppm.ts"
import type { Pool } from "../Stream.ts"
import * as Files from "./Files.ts"
import * as Resize from "./Resize.ts"

export interface Picture {
  readonly path: string
  readonly label: number
}

/**
 * Images by path, once they are the stream's size: policies of a comparison draw the same ones again, and decoding one of
 * 128 x 128 takes 1.7 ms. Emptied when they fill 128 MiB.
 */
export type Decoded = Map<string, Uint8Array>

const MOST = 2 ** 27

/** `take` throws a `SamplesError` that names the file when one cannot be read. */
export const pool = (pictures: ReadonlyArray<Picture>, shape: Examples["shape"], decoded: Decoded): Pool => ({
  labels: Int32Array.from(pictures, ({ label }) => label),
  take(positions) {
    const size = shape[0] * shape[1] * shape[2]
    const inputs = new Uint8Array(positions.length * size)
    const chosen = Array.from(positions, (position) => pictures[position]!)
    chosen.forEach(({ path }, i) => inputs.set(fitted(path, shape, decoded), i * size))
    return { count: chosen.length, shape, inputs, labels: Int32Array.from(chosen, ({ label }) => label) }
  }
})

const fitted = (path: string, [height, width]: Examples["shape"], decoded: Decoded): Uint8Array => {
  const known = decoded.get(path)
  if (known !== undefined) return known
  const image = Result.getOrThrow(read(path))
  const bytes = Resize.toFit(image, height, width)
  if ((decoded.size + 1) * bytes.length > MOST) decoded.clear()
  decoded.set(path, bytes)
  return bytes
}

/** Reads one image, PNG or PPM by its content. */
const read = (path: string): Read<Ppm.Image> =>
  Result.gen(function* () {
    const bytes = yield* load(path, (file) => readFileSync(file))
    return (yield* kindOf(bytes, path)) === "png" ? yield* Png.read(bytes, path) : yield* Ppm.read(bytes, path)
  })

/** Looks at the beginning of a file only: is it there, and an image of a kind that is read? */
export const check = (path: string): Read<"png" | "ppm"> =>
  Result.flatMap(load(path, beginning), (bytes) => kindOf(bytes, path))

const beginning = (path: string): Uint8Array => {
  const bytes = new Uint8Array(8)
  const file = openSync(path, "r")
  try {
    return bytes.subarray(0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}

const load = (path: string, by: (path: string) => Uint8Array): Read<Uint8Array> =>
  Result.try({
    try: () => by(path),
    catch: (error) =>
      refusal(`${path} cannot be read (${Files.reason(error)}); make it readable or take it out of the folder.`)
  })

const kindOf = (bytes: Uint8Array, path: string): Read<"png" | "ppm"> => {
  if (bytes.length === 0) return Result.fail(refusal(`${path} is empty; put the image there again or remove the file.`))
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return Result.succeed("png")
  if (bytes[0] === 0x50 && bytes[1] === 0x36) return Result.succeed("ppm")
  return Result.fail(refusal(`${path} is neither PNG nor binary PPM (P6); convert it or take it out of the folder.`))
}

const refusal = (message: string) => new SamplesError({ message })
