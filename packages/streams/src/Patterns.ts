/**
 * The built-in stream: signs on textured grounds, rendered when asked for, so it needs no file. A class is a plate with a
 * glyph, and its paint scatters around a hue of its own. Image `i` of a class at a place is a pure function of seed, class,
 * place and `i`.
 */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import * as Domains from "./Domains.ts"
import { glyphs, plates } from "./internal/Glyphs.ts"
import * as Painter from "./internal/Painter.ts"
import type { Pool, Scenario, Stream } from "./Stream.ts"

const shape = Painter.shape

/** All plates with all glyphs. */
const all: ReadonlyArray<Omit<Painter.Sign, "hue">> = Object.entries(plates).flatMap(([plate, plateDistance]) =>
  Object.entries(glyphs).map(([glyph, distance]) => ({
    name: `${glyph} on ${plate}`,
    plate: plateDistance,
    glyph: distance
  }))
)

/** 6 classes in clear light first; then 4 scenarios, each 2 new classes and 4 old ones under new light on new grounds. */
export const nic = (seed: number): Stream => {
  const chosen = choose(seed, 14)
  const places: ReadonlyArray<Painter.Place> = [
    { domain: "clear", texture: "clouds" },
    { domain: "dark", texture: "grain" },
    { domain: "fog", texture: "stripes" },
    { domain: "cast", texture: "checks" },
    { domain: "blur", texture: "blots" }
  ]
  return {
    name: "patterns/nic",
    version: 1,
    classes: chosen.map(({ name }) => name),
    shape,
    scenarios: places.map((place, s) => scenario({ seed, signs: chosen, place, classes: classesOf(seed, s) }))
  }
}

/** Which signs are classes, in which order, and their hues: evenly around the circle, dealt at random. */
const choose = (seed: number, count: number): ReadonlyArray<Painter.Sign> => {
  const rng = Rng.named(seed, "patterns/classes")
  const order = rng.permutation(all.length)
  const hues = rng.permutation(count)
  return Array.from(hues, (hue, k) => ({ ...all[order[k]!]!, hue: (2 * Math.PI * hue) / count }))
}

/** Labels of a scenario: the first six, or the newest two and four drawn from those before. */
const classesOf = (seed: number, s: number): ReadonlyArray<number> => {
  if (s === 0) return [0, 1, 2, 3, 4, 5]
  const before = 4 + 2 * s
  const old = Rng.named(seed, `patterns/old/${s}`).permutation(before).subarray(0, 4).toSorted()
  return [...old, before, before + 1]
}

/** What decides a scenario's images. */
interface Setting {
  readonly seed: number
  readonly signs: ReadonlyArray<Painter.Sign>
  readonly place: Painter.Place
  readonly classes: ReadonlyArray<number>
}

const scenario = (setting: Setting): Scenario => ({
  name: `${setting.place.domain}, ${setting.place.texture}`,
  classes: setting.classes,
  train: pool(setting, 0, 400),
  validation: pool(setting, 1_000_000, 100),
  heldOut: pool(setting, 2_000_000, 100)
})

/** Images `first` and up of each class. */
const pool = (setting: Setting, first: number, perClass: number): Pool => {
  const { classes } = setting
  return {
    labels: Int32Array.from({ length: perClass * classes.length }, (_, i) => classes[i % classes.length]!),
    take: (positions) => render(setting, first, Array.from(positions))
  }
}

const render = (
  { seed, signs, place, classes }: Setting,
  first: number,
  positions: ReadonlyArray<number>
): Examples => {
  const size = shape[0] * shape[1] * shape[2]
  const inputs = new Uint8Array(positions.length * size)
  const labels = Int32Array.from(positions, (position) => classes[position % classes.length]!)
  positions.forEach((position, k) => {
    const sign = signs[labels[k]!]!
    const index = first + Math.floor(position / classes.length)
    const rng = Rng.named(seed, `patterns/${place.domain}/${place.texture}/${sign.name}/${index}`)
    Domains.quantise(Painter.paint(sign, place, rng), inputs, k * size)
  })
  return { count: positions.length, shape, inputs, labels }
}
