/** Images of any size made the size that a stream states. */
import type { Image } from "../formats/Ppm.ts"

/**
 * Cuts the largest piece of the wanted proportions from the middle and averages over areas: a new pixel is the mean of
 * what it covers, parts of pixels counting by their share. RGB, rows from the top.
 */
export const toFit = ({ height, pixels, width }: Image, newHeight: number, newWidth: number): Uint8Array => {
  const scale = Math.min(height / newHeight, width / newWidth)
  const rows = covers((height - scale * newHeight) / 2, scale, newHeight, height)
  const columns = covers((width - scale * newWidth) / 2, scale, newWidth, width)
  const out = new Uint8Array(newHeight * newWidth * 3)
  let at = 0
  for (const row of rows)
    for (const column of columns)
      for (let channel = 0; channel < 3; channel++) out[at++] = Math.round(mean(pixels, width, row, column, channel))
  return out
}

/** What one new pixel covers along one side: old pixels from `first`, each with its share; shares sum to 1. */
interface Cover {
  readonly first: number
  readonly shares: ReadonlyArray<number>
}

const covers = (start: number, scale: number, count: number, length: number): ReadonlyArray<Cover> =>
  Array.from({ length: count }, (_, i) => {
    const [from, to] = [start + i * scale, start + (i + 1) * scale]
    const first = Math.min(length - 1, Math.floor(from))
    const last = Math.max(first, Math.min(length, Math.ceil(to - 1e-9)) - 1)
    const lengths = Array.from({ length: last - first + 1 }, (__, k) =>
      Math.max(0, Math.min(to, first + k + 1) - Math.max(from, first + k))
    )
    const sum = lengths.reduce((total, one) => total + one, 0)
    return { first, shares: lengths.map((one) => one / sum) }
  })

const mean = (pixels: Uint8Array, width: number, row: Cover, column: Cover, channel: number): number => {
  let sum = 0
  for (let y = 0; y < row.shares.length; y++) {
    let line = 0
    const from = (row.first + y) * width + column.first
    for (let x = 0; x < column.shares.length; x++) line += column.shares[x]! * pixels[3 * (from + x) + channel]!
    sum += row.shares[y]! * line
  }
  return sum
}
