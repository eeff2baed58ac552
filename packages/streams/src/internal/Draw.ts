/** Small draws that image code needs often. */
import * as Rng from "@edgeol/core/Rng"

/** Uniform in [low, high). */
export const between = (rng: Rng.Rng, low: number, high: number): number => low + (high - low) * rng.next()

/** -1 or 1. */
export const sign = (rng: Rng.Rng): number => (rng.next() < 0.5 ? -1 : 1)

/** Standard normal numbers for speckle: one fixed table, read from a drawn place on, for speed. */
export const speckle = (rng: Rng.Rng): (() => number) => {
  let at = rng.below(size)
  return () => table[(at = (at + 1) & (size - 1))]!
}

const size = 16_384
const source = Rng.named(0, "speckle")
const table = Float32Array.from({ length: size }, () => source.normal())
