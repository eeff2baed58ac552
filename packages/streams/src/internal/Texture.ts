/** Grounds: fields with values in 0 to 1 over a 32 x 32 image. */
import type * as Rng from "@edgeol/core/Rng"
import { between } from "./Draw.ts"

export type Kind = "clouds" | "grain" | "stripes" | "checks" | "blots"
export type Field = (x: number, y: number) => number

export const make = (kind: Kind, rng: Rng.Rng): Field => kinds[kind](rng)

/** Random values on a lattice `cell` px apart, bilinear between: value noise. */
const lattice = (cell: number, rng: Rng.Rng): Field => {
  const side = Math.ceil(32 / cell) + 2
  const values = Float32Array.from({ length: side * side }, () => rng.next())
  return (x, y) => {
    const column = Math.floor(x / cell)
    const row = Math.floor(y / cell)
    const s = x / cell - column
    const t = y / cell - row
    const at = row * side + column
    const above = values[at]! + (values[at + 1]! - values[at]!) * s
    const below = values[at + side]! + (values[at + side + 1]! - values[at + side]!) * s
    return above + (below - above) * t
  }
}

/** Waves across a drawn direction, period 4 to 9 px. */
const waves = (angle: number, rng: Rng.Rng): Field => {
  const turns = (2 * Math.PI) / between(rng, 4, 9)
  const kx = turns * Math.cos(angle)
  const ky = turns * Math.sin(angle)
  const phase = between(rng, 0, 2 * Math.PI)
  return (x, y) => 0.5 + 0.5 * Math.sin(kx * x + ky * y + phase)
}

const kinds: Readonly<Record<Kind, (rng: Rng.Rng) => Field>> = {
  clouds: (rng) => lattice(between(rng, 7, 14), rng),
  grain: (rng) => lattice(between(rng, 1.2, 2.5), rng),
  stripes: (rng) => waves(between(rng, 0, Math.PI), rng),
  checks: (rng) => {
    const angle = between(rng, 0, Math.PI)
    const one = waves(angle, rng)
    const other = waves(angle + Math.PI / 2, rng)
    return (x, y) => (one(x, y) < 0.5 === other(x, y) < 0.5 ? 1 : 0)
  },
  blots: (rng) => {
    const field = lattice(between(rng, 3, 6), rng)
    return (x, y) => Math.max(0, Math.min(1, 4 * (field(x, y) - 0.375)))
  }
}
