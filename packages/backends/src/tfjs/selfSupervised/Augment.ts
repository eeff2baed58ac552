/**
 * Random views of samples, after the recipe of Chen and He (2021, section 3, for CIFAR: without blur).
 *
 * Images: a crop of 20 to 100 % of the area with an aspect ratio of 3/4 to 4/3, resized bilinearly; a flip, every second
 * time; in 80 % brightness, contrast and saturation within 40 % and hue within a tenth of a turn, in this order; in 20 %
 * grey. Images that are not of three channels have no colour: of the last two steps only brightness and contrast remain.
 * Features: each is, in 30 %, that of another sample (Bahri et al. 2022, section 3, who change one view in 60 %).
 */
import type { Examples } from "@edgeol/core/Examples"
import { unknown } from "@edgeol/core/Examples"
import type { Rng } from "@edgeol/core/Rng"

const area = { least: 0.2, most: 1 }
const aspect = { least: 3 / 4, most: 4 / 3 }
const jitter = { chance: 0.8, strength: 0.4, hue: 0.1 }
const grey = 0.2
const corrupted = 0.3

/** One view of each of these samples, in their order; bytes, without labels. */
export const view = (examples: Examples, positions: ArrayLike<number>, rng: Rng): Examples => {
  const { shape } = examples
  const size = shape[0] * shape[1] * shape[2]
  const inputs = new Uint8Array(positions.length * size)
  const write = shape[0] === 1 || shape[1] === 1 ? corrupt : repaint
  for (let i = 0; i < positions.length; i++) {
    write(examples, positions[i]!, rng, inputs.subarray(i * size, (i + 1) * size))
  }
  return { count: positions.length, shape, inputs, labels: new Int32Array(positions.length).fill(unknown) }
}

type Write = (examples: Examples, position: number, rng: Rng, to: Uint8Array) => void

const corrupt: Write = ({ count, inputs }, position, rng, to) => {
  const size = to.length
  for (let j = 0; j < size; j++) {
    const from = rng.next() < corrupted ? rng.below(count) : position
    to[j] = inputs[from * size + j]!
  }
}

const repaint: Write = ({ inputs, shape }, position, rng, to) => {
  const size = to.length
  const pixels = cropped(inputs.subarray(position * size, (position + 1) * size), shape, rng)
  if (shape[2] === 3) recolour(pixels, rng)
  else if (rng.next() < jitter.chance) relight(pixels, factor(rng), factor(rng))
  for (let j = 0; j < size; j++) to[j] = Math.round(pixels[j]!)
}

const between = (rng: Rng, least: number, most: number) => least + (most - least) * rng.next()

const factor = (rng: Rng) => between(rng, 1 - jitter.strength, 1 + jitter.strength)

/** Where along one side `length` numbers are read, when `part` of it from `start` on is stretched over all of it. */
const reading = (length: number, start: number, part: number, mirrored: boolean) => {
  const [low, high, share] = [new Int32Array(length), new Int32Array(length), new Float64Array(length)]
  for (let i = 0; i < length; i++) {
    const place = start + ((mirrored ? length - 1 - i : i) + 0.5) * (part / length) - 0.5
    const at = Math.min(length - 1, Math.max(0, place))
    low[i] = Math.floor(at)
    high[i] = Math.min(length - 1, low[i]! + 1)
    share[i] = at - low[i]!
  }
  return { low, high, share }
}

const cropped = (image: Uint8Array, [height, width, channels]: Examples["shape"], rng: Rng): Float64Array => {
  const share = between(rng, area.least, area.most)
  const ratio = Math.sqrt(Math.exp(between(rng, Math.log(aspect.least), Math.log(aspect.most))))
  const [tall, wide] = [Math.min(1, Math.sqrt(share) / ratio) * height, Math.min(1, Math.sqrt(share) * ratio) * width]
  const rows = reading(height, rng.next() * (height - tall), tall, false)
  const columns = reading(width, rng.next() * (width - wide), wide, rng.next() < 0.5)
  const pixels = new Float64Array(image.length)
  for (let y = 0, place = 0; y < height; y++) {
    const [above, below, down] = [rows.low[y]! * width, rows.high[y]! * width, rows.share[y]!]
    for (let x = 0; x < width; x++) {
      const [left, right, across] = [columns.low[x]!, columns.high[x]!, columns.share[x]!]
      const topLeft = (above + left) * channels
      const topRight = (above + right) * channels
      const bottomLeft = (below + left) * channels
      const bottomRight = (below + right) * channels
      for (let c = 0; c < channels; c++) {
        const top = image[topLeft + c]! + across * (image[topRight + c]! - image[topLeft + c]!)
        const bottom = image[bottomLeft + c]! + across * (image[bottomRight + c]! - image[bottomLeft + c]!)
        pixels[place++] = top + down * (bottom - top)
      }
    }
  }
  return pixels
}

/** Brightness, and contrast about the mean. */
const relight = (pixels: Float64Array, bright: number, contrast: number): void => {
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length
  for (let i = 0; i < pixels.length; i++) pixels[i] = clipped(bright * (contrast * (pixels[i]! - mean) + mean))
}

const clipped = (value: number): number => Math.min(255, Math.max(0, value))

/** Every change is linear and leaves greys grey: all of them are one matrix, and a shift of the grey. */
const recolour = (pixels: Float64Array, rng: Rng): void => {
  const jittered = rng.next() < jitter.chance
  const [bright, contrast, saturated] = jittered ? [factor(rng), factor(rng), factor(rng)] : [1, 1, 1]
  const angle = jittered ? 2 * Math.PI * between(rng, -jitter.hue, jitter.hue) : 0
  const coloured = product(turn(angle), saturation(saturated))
  const colours = rng.next() < grey ? product(saturation(0), coloured) : coloured
  const matrix = colours.map((value) => bright * contrast * value)
  apply(pixels, matrix, bright * (1 - contrast) * meanLuma(pixels))
}

/** From red, green and blue to the same: three rows of three. */
type Matrix = ReadonlyArray<number>

const apply = (pixels: Float64Array, [a, b, c, d, e, f, g, h, k]: Matrix, shift: number): void => {
  for (let i = 0; i < pixels.length; i += 3) {
    const [red, green, blue] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!]
    pixels[i] = clipped(a! * red + b! * green + c! * blue + shift)
    pixels[i + 1] = clipped(d! * red + e! * green + f! * blue + shift)
    pixels[i + 2] = clipped(g! * red + h! * green + k! * blue + shift)
  }
}

const product = (left: Matrix, right: Matrix): Matrix =>
  left.map((_, i) => [0, 1, 2].reduce((sum, k) => sum + left[i - (i % 3) + k]! * right[3 * k + (i % 3)]!, 0))

/** Luma by ITU-R BT.601. */
const luma = [0.299, 0.587, 0.114] as const

const meanLuma = (pixels: Float64Array): number =>
  (3 * pixels.reduce((sum, value, i) => sum + luma[i % 3]! * value, 0)) / pixels.length

/** Towards each colour's grey, which 0 leaves alone. */
const saturation = (by: number): Matrix =>
  Array.from({ length: 9 }, (_, i) => (1 - by) * luma[i % 3]! + (i % 4 === 0 ? by : 0))

/** Turns each colour about the axis of greys (Rodrigues' formula). */
const turn = (angle: number): Matrix => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle) / Math.sqrt(3)]
  const third = (1 - cos) / 3
  const [on, up, down] = [cos + third, third + sin, third - sin]
  return [on, down, up, up, on, down, down, up, on]
}
