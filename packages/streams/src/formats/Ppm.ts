/** Portable pixmaps, binary (P6), one byte per channel; comments are allowed in the header. */
import { Result } from "effect"
import { damaged, type Read } from "./Damage.ts"

export interface Image {
  readonly width: number
  readonly height: number
  /** Rows from the top, RGB. A view into what was read. */
  readonly pixels: Uint8Array
}

/** Reads one image; `file` is for messages. */
export const read = (bytes: Uint8Array, file: string): Read<Image> => {
  if (bytes[0] !== 80 || bytes[1] !== 54) return damaged(file, 0, "it does not begin with P6")
  const header = readHeader(bytes)
  if (header === undefined) return damaged(file, 2, "width, height and greatest value do not follow")
  const [width, height, greatest, start] = header
  if (greatest !== 255) return damaged(file, start, `the greatest value is ${greatest}, not 255`)
  const expected = width * height * 3
  const length = bytes.length - start
  if (length !== expected)
    return damaged(file, start, `${width} x ${height} pixels need ${expected} bytes, not ${length}`)
  return Result.succeed({ width, height, pixels: bytes.subarray(start) })
}

/** Width, height, greatest value, and where the pixels begin. */
const readHeader = (bytes: Uint8Array): readonly [number, number, number, number] | undefined => {
  const [width, afterWidth] = readNumber(bytes, 2)
  const [height, afterHeight] = readNumber(bytes, afterWidth)
  const [greatest, end] = readNumber(bytes, afterHeight)
  // Exactly one white space lies between the last number and the pixels.
  return width > 0 && height > 0 && greatest > 0 && isSpace(bytes[end]) ? [width, height, greatest, end + 1] : undefined
}

/** The number after white space and comments, and where it ends; 0 when there is none. */
const readNumber = (bytes: Uint8Array, from: number): readonly [value: number, end: number] => {
  let at = from
  while (isSpace(bytes[at]) || bytes[at] === HASH) at = bytes[at] === HASH ? endOfLine(bytes, at) : at + 1
  let value = 0
  const first = at
  for (; isDigit(bytes[at]) && at - first < 6; at++) value = 10 * value + bytes[at]! - ZERO
  return [at > first && first > from ? value : 0, at]
}

const endOfLine = (bytes: Uint8Array, from: number): number => {
  const at = bytes.indexOf(NEWLINE, from)
  return at < 0 ? bytes.length : at
}

const HASH = 35
const ZERO = 48
const NEWLINE = 10
const isSpace = (byte: number | undefined) => byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13)
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= ZERO && byte <= ZERO + 9
