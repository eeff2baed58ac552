/**
 * Road signs by how bright their images are, a quarter of them in each band: natural changes of light, and one class is not
 * met in all of them. Roles go to whole tracks, of each class so that most bands have images for every role.
 */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import * as Gtsrb from "./Gtsrb.ts"
import * as Kept from "./internal/Kept.ts"
import type { Stream } from "./Stream.ts"

/** From dark to bright. By day most classes have images for every role, so that the model learns there first. */
const names = ["night", "dusk", "day", "glare"] as const
const met = [2, 1, 0, 3]

/** What a class needs in a band to be met there, images for each role. */
const LEAST: Readonly<Record<keyof Kept.Roles, number>> = { train: 15, validation: 5, heldOut: 10 }

/** New instances by brightness: day, then dusk, night and glare, each with the classes that it has enough images of. */
export const bands =
  (images: Examples) =>
  (seed: number): Stream => {
    const bandOf = banded(images)
    const cut = Array.from({ length: Gtsrb.CLASSES }, (_, sign) => deal(bandOf, sign, seed))
    const classes = Rng.named(seed, "gtsrb32/classes").permutation(Gtsrb.CLASSES)
    const inBand = met.map((band) => Array.from(classes).filter((sign) => isMet(cut[sign]![band]!)))
    const order = [...new Set(inBand.flat())]
    const scenarios = met.map((band, s) => {
      const source = { seed, images, order, roles: join(cut.map((bands) => bands[band]!)) }
      const labels = inBand[s]!.map((sign) => order.indexOf(sign)).toSorted((a, b) => a - b)
      return Kept.scenario(source, names[band]!, labels, "clear")
    })
    const shape = images.shape
    return { name: "gtsrb32/bands", version: 1, classes: order.map((sign) => `sign ${sign}`), shape, scenarios }
  }

/** The band of each image: how many of the quartiles of mean brightness are not above its own. */
const banded = ({ count, inputs }: Examples): Uint8Array => {
  const size = inputs.length / count
  const sums = Float64Array.from({ length: count }, (_, i) =>
    inputs.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value, 0)
  )
  const sorted = sums.toSorted()
  const quartiles = [1, 2, 3].map((quarter) => sorted[Math.floor((quarter * count) / 4)]!)
  return Uint8Array.from(sums, (sum) => quartiles.filter((quartile) => sum >= quartile).length)
}

/** Which of a class's tracks are held out, and which is for validation; the other four train. */
interface Way {
  readonly heldOut: readonly [number, number]
  readonly validation: number
}

const tracks = Array.from({ length: Gtsrb.TRACKS }, (_, track) => track)

const ways: ReadonlyArray<Way> = tracks.flatMap((one) =>
  tracks
    .slice(one + 1)
    .flatMap((other) =>
      tracks
        .filter((track) => track !== one && track !== other)
        .map((validation) => ({ heldOut: [one, other] as const, validation }))
    )
)

/** The images of a class by band and role: of the ways in which most bands have enough, one that is drawn. */
const deal = (bandOf: Uint8Array, sign: number, seed: number): ReadonlyArray<Kept.Roles> => {
  const dealt = ways.map((way) => names.map((_, band) => rolesOf(bandOf, sign, way, band)))
  const filled = dealt.map((bands) => bands.filter(isMet).length)
  const best = dealt.filter((_, i) => filled[i] === Math.max(...filled))
  return best[Rng.named(seed, `gtsrb32/bands/${sign}`).below(best.length)]!
}

const rolesOf = (bandOf: Uint8Array, sign: number, way: Way, band: number): Kept.Roles => {
  const length = Gtsrb.TRACKS * Gtsrb.FRAMES
  const own = Array.from({ length }, (_, i) => sign * length + i).filter((i) => bandOf[i] === band)
  return { train: [], validation: [], heldOut: [], ...Object.groupBy(own, (i) => roleOf(Gtsrb.trackOf(i), way)) }
}

const roleOf = (track: number, { heldOut, validation }: Way): keyof Kept.Roles => {
  const place = track % Gtsrb.TRACKS
  if (heldOut.includes(place)) return "heldOut"
  return place === validation ? "validation" : "train"
}

const isMet = (roles: Kept.Roles): boolean =>
  roles.train.length >= LEAST.train &&
  roles.validation.length >= LEAST.validation &&
  roles.heldOut.length >= LEAST.heldOut

const join = (parts: ReadonlyArray<Kept.Roles>): Kept.Roles => ({
  train: parts.flatMap(({ train }) => train),
  validation: parts.flatMap(({ validation }) => validation),
  heldOut: parts.flatMap(({ heldOut }) => heldOut)
})
