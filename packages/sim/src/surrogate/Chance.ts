/**
 * Chance by number: the same key and number give the same draw, in whatever order they are asked for. A request is answered
 * with the same luck under every policy. Integers only, so equal on every machine; the mixing is murmur3's (Appleby, 2011),
 * twice.
 */

const mix = (x: number): number => {
  let h = x
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A key of its own for a number under a key. */
export const key = (parent: number, number: number): number =>
  mix(Math.imul(mix(parent ^ Math.imul(number, 0x9e3779b9)) + number, 0x85ebca6b) ^ parent)

/** Uniform in (0, 1). */
export const uniform = (parent: number, number: number): number => (key(parent, number) + 0.5) / 4294967296

/** Nearly normal, mean 0 and variance 1: the scaled sum of six uniform numbers, never beyond 4.25. */
export const normal = (parent: number, number: number): number => {
  let sum = 0
  let h = key(parent, number)
  for (let i = 0; i < 6; i++) {
    h = mix(h + 0x9e3779b9)
    sum += h
  }
  return (sum / 4294967296 - 3) * Math.SQRT2
}
