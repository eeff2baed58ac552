/** 2,000 training images of CIFAR-10 (Krizhevsky, 2009), about 200 of each class, as two PNG sheets of one image per row. */
import * as Examples from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { SamplesError } from "@edgeol/core/Samples"
import { Effect, Result } from "effect"
import { damaged, type Read } from "./formats/Damage.ts"
import * as Png from "./formats/Png.ts"
import * as Files from "./internal/Files.ts"
import * as Kept from "./internal/Kept.ts"
import type { Stream } from "./Stream.ts"

const names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
const shape: Examples.Examples["shape"] = [32, 32, 3]

/** Reads both sheets, in their order. */
export const read = (data: string): Effect.Effect<Examples.Examples, SamplesError> =>
  Effect.map(Effect.all([readSheet(data, 0), readSheet(data, 1)]), (sheets) => Examples.concat(sheets, shape))

const readSheet = (data: string, number: number) =>
  Effect.gen(function* () {
    const sheet = yield* Files.read(data, `cifar10-sample/cifar10_batch_${number}.png`)
    const list = yield* Files.read(data, `cifar10-sample/derived/cifar10_batch_${number}.labels.txt`)
    const inputs = yield* Effect.fromResult(pixelsOf(sheet))
    const labels = yield* Effect.fromResult(labelsOf(list))
    return { count: 1000, shape, inputs, labels }
  })

/** A row of the sheet is an image, its pixels in order: the sheet's bytes are the images' bytes. */
const pixelsOf = ({ bytes, path }: Files.File): Read<Uint8Array> =>
  Result.flatMap(Png.read(bytes, path), ({ height, pixels, width }) =>
    width === 1024 && height === 1000
      ? Result.succeed(pixels)
      : damaged(path, 16, `it is ${width} x ${height}, not 1024 x 1000`)
  )

/** One class index per line. */
const labelsOf = ({ bytes, path }: Files.File): Read<Int32Array> => {
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n")
  const wrong = lines.findIndex((line) => !/^\d$/.test(line))
  if (wrong >= 0 || lines.length !== 1000)
    return damaged(path, 2 * Math.max(0, wrong), "it is not 1000 lines of one digit")
  return Result.succeed(Int32Array.from(lines, Number))
}

/** New instances: all ten classes in clear light, then dark, in fog, under coloured light, and blurred. */
export const ni =
  (images: Examples.Examples) =>
  (seed: number): Stream => {
    const source = sourceOf(images, seed)
    return { ...described("cifar10/ni", source), scenarios: Kept.instances(source, 10) }
  }

/** New classes: 4, then three times 2 more. */
export const nc =
  (images: Examples.Examples) =>
  (seed: number): Stream => {
    const source = sourceOf(images, seed)
    return { ...described("cifar10/nc", source), scenarios: Kept.classes(source, 4, 2, 10) }
  }

const described = (name: string, { order }: Kept.Source) => ({
  name,
  version: 1,
  classes: Array.from(order, (original) => names[original]!),
  shape
})

const sourceOf = (images: Examples.Examples, seed: number): Kept.Source => ({
  seed,
  images,
  roles: Kept.independent(images, seed, "cifar10"),
  order: Rng.named(seed, "cifar10/classes").permutation(names.length)
})
