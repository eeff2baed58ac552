/** Paints one sign at a place: ground, sign, something in front, light, the domain, the sensor's noise. */
import type { Examples } from "@edgeol/core/Examples"
import type * as Rng from "@edgeol/core/Rng"
import * as Domains from "../Domains.ts"
import { between, sign } from "./Draw.ts"
import type { Distance } from "./Glyphs.ts"
import * as Texture from "./Texture.ts"

export const shape: Examples["shape"] = [32, 32, 3]

/** What a scenario looks like: its light, and the texture of its grounds. */
export interface Place {
  readonly domain: Domains.Domain
  readonly texture: Texture.Kind
}

export interface Sign {
  readonly name: string
  /** Mean direction of its paint in the plane of red and blue, rad. */
  readonly hue: number
  readonly plate: Distance
  readonly glyph: Distance
}

/** All chance comes from `rng`. */
export const paint = (sign: Sign, place: Place, rng: Rng.Rng): Domains.Pixels => {
  const pixels = new Float32Array(shape[0] * shape[1] * shape[2])
  paintGround(pixels, place.texture, rng)
  paintSign(pixels, sign, rng)
  if (rng.next() < 0.3) paintObstacle(pixels, rng)
  light(pixels, rng)
  Domains.apply(place.domain, pixels, shape, rng)
  Domains.noise(pixels, between(rng, 2, 8), rng)
  return pixels
}

type Colour = readonly [red: number, green: number, blue: number]

/** The colour this far from grey in red and blue, of a given Rec. 601 luma: 0.299 R + 0.587 G + 0.114 B. */
const tone = (luma: number, red: number, blue: number): Colour => [
  luma + red,
  luma - (0.299 * red + 0.114 * blue) / 0.587,
  luma + blue
]

/** Any colour of a given luma. */
const colour = (rng: Rng.Rng, luma: number, spread: number): Colour =>
  tone(luma, between(rng, -spread, spread), between(rng, -spread, spread))

/** A colour of a given luma within 0.6 rad of a hue: neighbouring classes overlap. */
const paintTone = (rng: Rng.Rng, luma: number, hue: number): Colour => {
  const angle = hue + between(rng, -0.6, 0.6)
  const chroma = between(rng, 15, 60)
  return tone(luma, chroma * Math.cos(angle), chroma * Math.sin(angle))
}

const paintGround = (pixels: Domains.Pixels, kind: Texture.Kind, rng: Rng.Rng): void => {
  const texture = Texture.make(kind, rng)
  const luma = between(rng, 50, 190)
  const from = colour(rng, luma, 40)
  const to = colour(rng, luma + sign(rng) * between(rng, 30, 80), 40)
  for (let y = 0, i = 0; y < 32; y++) for (let x = 0; x < 32; x++, i += 3) mix(pixels, i, from, to, texture(x, y))
}

/** Sets a pixel to `from (1 - t) + to t`. */
const mix = (pixels: Domains.Pixels, i: number, from: Colour, to: Colour, t: number): void => {
  for (let c = 0; c < 3; c++) pixels[i + c] = from[c]! + (to[c]! - from[c]!) * t
}

/** Blends a colour over a pixel. */
const cover = (pixels: Domains.Pixels, i: number, over: Colour, alpha: number): void => {
  for (let c = 0; c < 3; c++) pixels[i + c]! += (over[c]! - pixels[i + c]!) * alpha
}

/** Plate with rim and glyph under a drawn pose; edges are one pixel soft. */
const paintSign = (pixels: Domains.Pixels, { plate, glyph, hue }: Sign, rng: Rng.Rng): void => {
  const radius = between(rng, 10.5, 15)
  const pose = drawPose(rng, radius)
  const bright = rng.next() < 0.75
  const face = paintTone(rng, bright ? between(rng, 150, 215) : between(rng, 50, 110), hue)
  const ink = colour(rng, bright ? between(rng, 20, 80) : between(rng, 180, 235), 30)
  const rim = rng.next() < 0.5 ? ink : face
  for (let y = 0, i = 0; y < 32; y++)
    for (let x = 0; x < 32; x++, i += 3) {
      const u = pose[0] * (x - pose[4]) + pose[1] * (y - pose[5])
      const v = pose[2] * (x - pose[4]) + pose[3] * (y - pose[5])
      const outside = plate(u, v) * radius
      if (outside > 0.5) continue
      cover(pixels, i, rim, clamp(0.5 - outside))
      cover(pixels, i, face, clamp(-1.2 - outside))
      cover(pixels, i, ink, clamp(0.5 - glyph(u, v) * radius))
    }
}

/** The map from pixels to the sign's coordinates: four numbers of a matrix, then the centre, px. */
type Pose = readonly [number, number, number, number, number, number]

/** Rotation within 17 degrees, aspect within 15 %, shear within 0.15, shift within 2.5 px. */
const drawPose = (rng: Rng.Rng, radius: number): Pose => {
  const angle = between(rng, -0.3, 0.3)
  const aspect = between(rng, 0.87, 1.15)
  const shear = between(rng, -0.15, 0.15)
  const cos = Math.cos(angle) / radius
  const sin = Math.sin(angle) / radius
  const centre = [between(rng, 13, 18), between(rng, 13, 18)] as const
  return [aspect * (cos - shear * sin), aspect * (sin + shear * cos), -sin / aspect, cos / aspect, ...centre]
}

/** A post or branch that crosses the image, 2 to 5 px wide. */
const paintObstacle = (pixels: Domains.Pixels, rng: Rng.Rng): void => {
  const angle = between(rng, 0, Math.PI)
  const nx = Math.cos(angle)
  const ny = Math.sin(angle)
  const offset = sign(rng) * between(rng, 4, 11)
  const half = between(rng, 1, 2.5)
  const bark = colour(rng, between(rng, 40, 160), 30)
  for (let y = 0, i = 0; y < 32; y++)
    for (let x = 0; x < 32; x++, i += 3) {
      const alpha = clamp(half + 0.5 - Math.abs(nx * (x - 15.5) + ny * (y - 15.5) - offset))
      if (alpha > 0) cover(pixels, i, bark, alpha)
    }
}

/** A gain with a gradient across the image, and a slight tint. */
const light = (pixels: Domains.Pixels, rng: Rng.Rng): void => {
  const gain = between(rng, 0.7, 1.15)
  const slopeX = between(rng, -0.012, 0.012)
  const slopeY = between(rng, -0.012, 0.012)
  const tint = [between(rng, 0.9, 1.1), 1, between(rng, 0.9, 1.1)]
  for (let y = 0, i = 0; y < 32; y++)
    for (let x = 0; x < 32; x++, i += 3) {
      const here = gain * (1 + slopeX * (x - 15.5) + slopeY * (y - 15.5))
      for (let c = 0; c < 3; c++) pixels[i + c]! *= here * tint[c]!
    }
}

const clamp = (value: number) => Math.max(0, Math.min(1, value))
