/**
 * Conditions under which the same things look different: light, weather, lamps, motion, whose strengths are drawn anew per
 * image; and pose and polarity, the same for all images.
 */
import type { Examples } from "@edgeol/core/Examples"
import type * as Rng from "@edgeol/core/Rng"
import { between, speckle } from "./internal/Draw.ts"

/** `clear` changes nothing. */
export type Domain = "clear" | keyof typeof effects

/** Light, weather, lamps, motion. */
export const domains: ReadonlyArray<Domain> = ["clear", "dark", "fog", "cast", "blur"]

/** Turned ever further, and inverted. */
export const poses: ReadonlyArray<Domain> = ["clear", "turned 30", "turned 60", "turned 90", "inverted"]

export type Shape = Examples["shape"]

/** One image, height x width x channels, values 0 to 255 before rounding. */
export type Pixels = Float32Array

/** Changes one image in place. */
export const apply = (domain: Domain, pixels: Pixels, shape: Shape, rng: Rng.Rng): void => {
  if (domain !== "clear") effects[domain](pixels, shape, rng)
}

/** The images as they look in a domain; image `i` draws from the stream that `rngOf(i)` gives. */
export const applyAll = (domain: Domain, examples: Examples, rngOf: (i: number) => Rng.Rng): Examples => {
  if (domain === "clear") return examples
  const size = examples.shape[0] * examples.shape[1] * examples.shape[2]
  const inputs = new Uint8Array(examples.inputs.length)
  for (let i = 0; i < examples.count; i++) {
    const pixels = Float32Array.from(examples.inputs.subarray(i * size, (i + 1) * size))
    apply(domain, pixels, examples.shape, rngOf(i))
    quantise(pixels, inputs, i * size)
  }
  return { ...examples, inputs }
}

/** Rounds to bytes. */
export const quantise = (pixels: Pixels, into: Uint8Array, at: number): void => {
  for (let i = 0; i < pixels.length; i++) into[at + i] = Math.max(0, Math.min(255, Math.round(pixels[i]!)))
}

/** Adds normal noise of this deviation, in grey levels, in place. */
export const noise = (pixels: Pixels, deviation: number, rng: Rng.Rng): void => {
  const next = speckle(rng)
  for (let i = 0; i < pixels.length; i++) pixels[i]! += deviation * next()
}

/** Little light: a low gain with a steeper curve, and the sensor's noise stays. */
const dark = (pixels: Pixels, _: Shape, rng: Rng.Rng): void => {
  const gain = between(rng, 0.25, 0.5)
  for (let i = 0; i < pixels.length; i++) {
    const x = pixels[i]! / 255
    pixels[i] = 255 * gain * x * (0.4 + 0.6 * x)
  }
  noise(pixels, between(rng, 2, 5), rng)
}

/** Koschmieder's law (1924): `I = J t + A (1 - t)`, transmission falling towards the top, where things are farther. */
const fog = (pixels: Pixels, shape: Shape, rng: Rng.Rng): void => {
  const [height, width, channels] = shape
  const near = between(rng, 0.4, 0.65)
  const far = near * between(rng, 0.5, 0.9)
  const veil = between(rng, 175, 235)
  const row = width * channels
  for (let y = 0; y < height; y++) {
    const t = far + ((near - far) * y) / height
    for (let i = y * row; i < (y + 1) * row; i++) pixels[i] = pixels[i]! * t + veil * (1 - t)
  }
  noise(pixels, 2, rng)
}

/** A lamp of narrow colour: channels leak into each other and are weighted as under sodium or mercury light. */
const cast = (pixels: Pixels, shape: Shape, rng: Rng.Rng): void => {
  const gains = rng.next() < 0.5 ? [1.15, 0.75, 0.3] : [0.4, 0.95, 0.9]
  const leak = between(rng, 0.2, 0.5)
  const weights = gains.map((gain) => gain * between(rng, 0.85, 1.15))
  const channels = shape[2]
  for (let i = 0; i < pixels.length; i += channels) {
    let grey = 0
    for (let c = 0; c < channels; c++) grey += pixels[i + c]! / channels
    for (let c = 0; c < channels; c++) pixels[i + c] = weights[c % 3]! * ((1 - leak) * pixels[i + c]! + leak * grey)
  }
}

/** Motion: the mean of 4 to 6 copies along a line of 3.5 to 6 pixels. */
const blur = (pixels: Pixels, shape: Shape, rng: Rng.Rng): void => {
  const [height, width, channels] = shape
  const angle = between(rng, 0, Math.PI)
  const length = between(rng, 3.5, 6)
  const copies = Math.ceil(length)
  const still = pixels.slice()
  pixels.fill(0)
  for (let k = 0; k < copies; k++) {
    const along = length * (k / (copies - 1) - 0.5)
    const dx = Math.round(along * Math.cos(angle))
    const dy = Math.round(along * Math.sin(angle))
    for (let y = 0; y < height; y++) {
      const fromRow = Math.max(0, Math.min(height - 1, y + dy)) * width
      for (let x = 0; x < width; x++) {
        const from = (fromRow + Math.max(0, Math.min(width - 1, x + dx))) * channels
        const to = (y * width + x) * channels
        for (let c = 0; c < channels; c++) pixels[to + c]! += still[from + c]! / copies
      }
    }
  }
}

/** Turned anticlockwise about its middle by so many degrees, between pixels bilinearly; what comes from outside is 0. */
const turned =
  (degrees: number) =>
  (pixels: Pixels, [height, width, channels]: Shape): void => {
    const still = pixels.slice()
    const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
    const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
    for (let i = 0; i < height * width; i++) {
      const [x, y] = [(i % width) - middleX, Math.floor(i / width) - middleY]
      // Image rows go down: the pixel seen here was where a turn the other way leads.
      const corners = around(cosine * x - sine * y + middleX, sine * x + cosine * y + middleY)
      for (let c = 0; c < channels; c++) {
        let value = 0
        for (const { x, y, weight } of corners)
          if (x >= 0 && x < width && y >= 0 && y < height) value += weight * still[(y * width + x) * channels + c]!
        pixels[i * channels + c] = value
      }
    }
  }

/** The four pixels around a place, each with its share. */
const around = (x: number, y: number) => {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [right, low] = [x - left, y - top]
  return [
    { x: left, y: top, weight: (1 - right) * (1 - low) },
    { x: left + 1, y: top, weight: right * (1 - low) },
    { x: left, y: top + 1, weight: (1 - right) * low },
    { x: left + 1, y: top + 1, weight: right * low }
  ]
}

/** Black is white. */
const inverted = (pixels: Pixels): void => {
  for (let i = 0; i < pixels.length; i++) pixels[i] = 255 - pixels[i]!
}

const effects = {
  dark,
  fog,
  cast,
  blur,
  "turned 30": turned(30),
  "turned 60": turned(60),
  "turned 90": turned(90),
  inverted
} as const
