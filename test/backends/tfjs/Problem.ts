/** A small real learning problem: each class is a bar of its own direction and colour on a noisy ground. */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"

export const shape = [16, 16, 3] as const

/** `count` images, classes `from` to `from + classes - 1` in turn. */
export const make = (seed: number, count: number, classes = 4, from = 0): Examples => {
  const rng = Rng.named(seed, "problem")
  const [height, width, channels] = shape
  const size = height * width * channels
  const inputs = new Uint8Array(count * size)
  const labels = Int32Array.from({ length: count }, (_, i) => from + (i % classes))
  for (let i = 0; i < count; i++) {
    const angle = (Math.PI * labels[i]!) / 5
    const shift = 4 * rng.next() - 2
    for (let p = 0; p < height * width; p++) {
      const [x, y] = [(p % width) - width / 2, Math.floor(p / width) - height / 2]
      const near = Math.abs(x * Math.sin(angle) - y * Math.cos(angle) + shift) < 2
      for (let c = 0; c < channels; c++)
        inputs[i * size + p * channels + c] = Math.floor(rng.next() * 120) + (near && c !== labels[i]! % 3 ? 110 : 20)
    }
  }
  return { count, shape, inputs, labels }
}
