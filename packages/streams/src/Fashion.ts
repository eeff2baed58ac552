/** Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): 28 x 28 grey images of clothes, 10 classes. */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { SamplesError } from "@edgeol/core/Samples"
import { Effect, Result } from "effect"
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
    const order = Rng.named(seed, "fashion-mnist/classes").permutation(names.length)
    return {
      name: "fashion-mnist/nc",
      version: 1,
      classes: Array.from(order, (original) => names[original]!),
      shape,
      scenarios: Kept.classes({ seed, images, order, roles: Kept.independent(images, seed, "fashion-mnist") }, 4, 2, 10)
    }
  }
