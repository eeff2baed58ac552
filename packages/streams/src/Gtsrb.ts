/**
 * German road signs filmed from a car (Stallkamp et al., 2012), resized to 32 x 32: 43 classes, 7 tracks of 30 frames each.
 * A track is one physical sign, so its frames are near copies: roles are given to whole tracks.
 */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { SamplesError } from "@edgeol/core/Samples"
import { Effect, Result } from "effect"
import { damaged, type Read } from "./formats/Damage.ts"
import * as Ppm from "./formats/Ppm.ts"
import * as Tar from "./formats/Tar.ts"
import * as Files from "./internal/Files.ts"
import * as Kept from "./internal/Kept.ts"
import type { Stream } from "./Stream.ts"

const CLASSES = 43
const TRACKS = 7
const FRAMES = 30
const shape: Examples["shape"] = [32, 32, 3]
const SIZE = 32 * 32 * 3

/** Reads all images, in order of class, track and frame. */
export const read = (data: string): Effect.Effect<Examples, SamplesError> =>
  Effect.flatMap(Files.read(data, "gtsrb32/train-43x7x30.tar.gz"), ({ bytes, path }) =>
    Effect.fromResult(Result.flatMap(Tar.read(bytes, path), (members) => assemble(members, path)))
  )

/** Puts members in their places, `Final_Training/Images/CCCCC/TTTTT_FFFFF.ppm`. All must be there. */
export const assemble = (members: ReadonlyArray<Tar.Member>, file: string): Read<Examples> => {
  const count = CLASSES * TRACKS * FRAMES
  const inputs = new Uint8Array(count * SIZE)
  const found = new Set<number>()
  for (const member of members) {
    const place = placeOf(member.name)
    if (place === undefined) return damaged(file, member.offset, `${member.name} is not an image of this data set`)
    const image = Ppm.read(member.content, `${file}: ${member.name}`)
    if (Result.isFailure(image)) return Result.fail(image.failure)
    const { height, pixels, width } = image.success
    if (width !== 32 || height !== 32)
      return damaged(file, member.offset, `${member.name} is ${width} x ${height}, not 32 x 32`)
    inputs.set(pixels, place * SIZE)
    found.add(place)
  }
  if (found.size < count) return damaged(file, 0, `it holds ${found.size} of ${count} images`)
  const labels = Int32Array.from({ length: count }, (_, i) => Math.floor(i / (TRACKS * FRAMES)))
  return Result.succeed({ count, shape, inputs, labels })
}

const placeOf = (name: string): number | undefined => {
  const parts = /(\d{5})\/(\d{5})_(\d{5})\.ppm$/.exec(name)
  if (parts === null) return undefined
  const [sign, track, frame] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  return sign < CLASSES && track < TRACKS && frame < FRAMES ? (sign * TRACKS + track) * FRAMES + frame : undefined
}

/** New instances: 16 classes in clear light, then dark, in fog, under coloured light, and blurred. */
export const ni =
  (images: Examples) =>
  (seed: number): Stream => {
    const source = sourceOf(images, seed)
    return { ...described("gtsrb32/ni", source, 16), scenarios: Kept.instances(source, 16) }
  }

/** New classes: 10, then four times 5 more. */
export const nc =
  (images: Examples) =>
  (seed: number): Stream => {
    const source = sourceOf(images, seed)
    return { ...described("gtsrb32/nc", source, 30), scenarios: Kept.classes(source, 10, 5, 30) }
  }

const described = (name: string, { order }: Kept.Source, count: number) => ({
  name,
  version: 1,
  classes: Array.from({ length: count }, (_, label) => `sign ${order[label]}`),
  shape
})

const sourceOf = (images: Examples, seed: number): Kept.Source => ({
  seed,
  images,
  roles: rolesOf(seed),
  order: Rng.named(seed, "gtsrb32/classes").permutation(CLASSES)
})

/**
 * Tracks 5 and 6 are held out; one of tracks 0 to 4, drawn for each class, is for validation, the others for training.
 * A whole track, because validation has to foresee signs never met: frames between frames learnt would be known already.
 */
const rolesOf = (seed: number): Kept.Roles => {
  const rng = Rng.named(seed, "gtsrb32/validation")
  const validation = Int32Array.from({ length: CLASSES }, () => rng.below(5))
  const positions = Array.from({ length: CLASSES * TRACKS * FRAMES }, (_, i) => i)
  const role = (i: number): keyof Kept.Roles => {
    const track = Math.floor(i / FRAMES) % TRACKS
    if (track >= 5) return "heldOut"
    return validation[Math.floor(i / (TRACKS * FRAMES))] === track ? "validation" : "train"
  }
  return { train: [], validation: [], heldOut: [], ...Object.groupBy(positions, role) }
}
