/** Tape archives as POSIX.1-1988 (ustar) has them. Other kinds of member than files are passed over. */
import { Result } from "effect"
import { damaged, type Read } from "./Damage.ts"

export interface Member {
  readonly name: string
  /** Where its content begins in the archive. */
  readonly offset: number
  /** A view into the archive. */
  readonly content: Uint8Array
}

/** All files of an archive, in its order; `file` is for messages. */
export const read = (bytes: Uint8Array, file: string): Read<ReadonlyArray<Member>> => {
  const members: Array<Member> = []
  for (let at = 0; ;) {
    const header = bytes.subarray(at, at + BLOCK)
    if (header.length < BLOCK) return damaged(file, at, "it ends without its end mark")
    if (isEmpty(header)) return Result.succeed(members)
    if (!isSound(header)) return damaged(file, at, "the checksum of a header does not match")
    const size = octal(header, 124, 12)
    const offset = at + BLOCK
    const content = bytes.subarray(offset, offset + size)
    if (content.length < size) return damaged(file, offset, `a member of ${size} bytes has ${content.length}`)
    if (isFile(header)) members.push({ name: nameOf(header), offset, content })
    at = offset + Math.ceil(size / BLOCK) * BLOCK
  }
}

const BLOCK = 512
const decoder = new TextDecoder()

const isEmpty = (header: Uint8Array) => header.every((byte) => byte === 0)

/** The sum of a header's bytes, its checksum counted as spaces. */
const isSound = (header: Uint8Array): boolean => {
  let sum = 8 * 32
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]!
  return sum === octal(header, 148, 8)
}

const isFile = (header: Uint8Array) => header[156] === 48 || header[156] === 0

const octal = (header: Uint8Array, from: number, length: number): number => {
  let value = 0
  for (const byte of header.subarray(from, from + length)) {
    if (byte >= 48 && byte <= 55) value = 8 * value + byte - 48
    else if (byte !== 32) break
  }
  return value
}

/** A name of more than 100 bytes has its front in the prefix field. */
const nameOf = (header: Uint8Array): string => {
  const prefix = text(header, 345, 155)
  const name = text(header, 0, 100)
  return prefix === "" ? name : `${prefix}/${name}`
}

const text = (header: Uint8Array, from: number, length: number): string => {
  const field = header.subarray(from, from + length)
  const end = field.indexOf(0)
  return decoder.decode(end < 0 ? field : field.subarray(0, end))
}
