/** Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): 28 x 28 grey images of clothes, 10 classes. */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { SamplesError } from "@edgeol/core/Samples"
import { Effect, Result } from "effect"
import * as Domains from "./Domains.ts"
import { damaged, type Read } from "./formats/Damage.ts"
import * as Idx from "./formats/Idx.ts"
import * as Files from "./internal/Files.ts"
import * as Kept from "./internal/Kept.ts"
import type { Stream } from "./Stream.ts"

const names = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
const shape: Examples["shape"] = [28, 28, 1]

/** Reads the 10,000 test images: plenty for a stream, and quick to read. */
export const read = (data: string): Effect.Effect<Examples, SamplesError> =>
  Effect.gen(function* () {
    const images = yield* Files.read(data, "fashion-mnist/t10k-images-idx3-ubyte.gz")
    const labels = yield* Files.read(data, "fashion-mnist/t10k-labels-idx1-ubyte.gz")
    return yield* Effect.fromResult(assemble(images, labels))
  })

const assemble = (images: Files.File, labels: Files.File): Read<Examples> =>
  Result.gen(function* () {
    const { dimensions, values } = yield* Idx.read(images.bytes, 3, images.path)
    const classes = yield* Idx.read(labels.bytes, 1, labels.path)
    const [count = 0, height, width] = dimensions
    if (height !== 28 || width !== 28)
      return yield* damaged(images.path, 8, `images are ${width} x ${height}, not 28 x 28`)
    const wrong = classes.values.findIndex((label) => label >= names.length)
    if (wrong >= 0) return yield* damaged(labels.path, 8 + wrong, "a label is above 9")
    const labelled = classes.values.length
    if (labelled !== count) return yield* damaged(labels.path, 4, `there are ${labelled} labels for ${count} images`)
    return { count, shape, inputs: values, labels: Int32Array.from(classes.values) }
  })

/** New classes: 4, then three times 2 more. */
export const nc =
  (images: Examples) =>
  (seed: number): Stream => {
    const source = sourceOf(images, seed)
    return { ...described("fashion-mnist/nc", source), scenarios: Kept.classes(source, 4, 2, 10) }
  }

/** New instances: all classes as they are, then turned by 30, 60 and 90 degrees, and inverted. */
export const ni =
  (images: Examples) =>
  (seed: number): Stream => {
    const source = sourceOf(images, seed)
    return { ...described("fashion-mnist/ni", source), scenarios: Kept.instances(source, 10, Domains.poses) }
  }

const described = (name: string, { order }: Kept.Source) => ({
  name,
  version: 1,
  classes: Array.from(order, (original) => names[original]!),
  shape
})

const sourceOf = (images: Examples, seed: number): Kept.Source => ({
  seed,
  images,
  order: Rng.named(seed, "fashion-mnist/classes").permutation(names.length),
  roles: Kept.independent(images, seed, "fashion-mnist")
})
