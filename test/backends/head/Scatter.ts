/** The matrix that an inverse is the inverse of, added up plainly. */
import type * as Rows from "@edgeol/backends/head/Rows"

export const make = (size: number, ridge: number): Float64Array =>
  Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? ridge : 0))

/** `A ← keep A + X'X` */
export const add = (scatter: Float64Array, { count, width, values }: Rows.Rows, keep: number): void => {
  for (let i = 0; i < scatter.length; i++) scatter[i] = keep * scatter[i]!
  for (let n = 0; n < count; n++)
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++)
        scatter[i * width + j] = scatter[i * width + j]! + values[n * width + i]! * values[n * width + j]!
}

/** Largest difference, relative to the largest number. */
export const gap = (a: Float64Array, b: Float64Array): number => {
  const size = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const apart = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
  return size === 0 ? apart : apart / size
}
