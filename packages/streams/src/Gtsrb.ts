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

export const CLASSES = 43
export const TRACKS = 7
export const FRAMES = 30
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

/** New classes and new instances: 10 classes in clear light, then 5 more and 5 of those before, in each of four other lights. */
export const nic =
  (images: Examples) =>
  (seed: number): Stream => {
    const source = sourceOf(images, seed)
    return { ...described("gtsrb32/nic", source, 30), scenarios: Kept.both(source, 10, 5) }
  }

/**
 * New instances as they were filmed: of 16 classes one more track in each of four scenarios. What is held out is the same in
 * all, two other tracks of each class, as the test sessions are in CORe50 (Lomonaco and Maltoni, 2017).
 */
export const tracks =
  (images: Examples) =>
  (seed: number): Stream => {
    const source = sourceOf(images, seed)
    const turns = turnsOf(source)
    const labels = Array.from({ length: 16 }, (_, label) => label)
    const scenarios = ["first tracks", "second tracks", "third tracks", "fourth tracks"].map((name, turn) => {
      const train = source.roles.train.filter((i) => turns.get(trackOf(i)) === turn)
      return Kept.scenario({ ...source, roles: { ...source.roles, train } }, name, labels, "clear")
    })
    return { ...described("gtsrb32/tracks", source, 16), scenarios }
  }

/** The tracks to learn from, each with its turn among those of its class. */
const turnsOf = ({ roles, seed }: Kept.Source): ReadonlyMap<number, number> => {
  const rng = Rng.named(seed, "gtsrb32/tracks")
  const byClass = Map.groupBy(new Set(roles.train.map(trackOf)), (track) => Math.floor(track / TRACKS))
  const turns = Array.from(byClass.values(), (own) =>
    Array.from(rng.permutation(own.length), (turn, i) => [own[i]!, turn] as const)
  )
  return new Map(turns.flat())
}

/** The track of an image, numbered over all classes. */
export const trackOf = (image: number): number => Math.floor(image / FRAMES)

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
