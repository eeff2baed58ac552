/** The idx format of MNIST and its kin: bytes in a block of one or more dimensions. */
import { Result } from "effect"
import { damaged, type Read } from "./Damage.ts"

export interface Block {
  readonly dimensions: ReadonlyArray<number>
  /** Last dimension fastest. A view into what was read. */
  readonly values: Uint8Array
}

/** Reads unsigned bytes of `rank` dimensions; `file` is for messages. */
export const read = (bytes: Uint8Array, rank: number, file: string): Read<Block> => {
  const start = 4 + 4 * rank
  if (bytes.length < start) return damaged(file, bytes.length, "it ends in its header")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Two zeros, 8 for unsigned bytes, the number of dimensions.
  if (view.getUint32(0) !== 0x800 + rank) return damaged(file, 0, `it is not a block of bytes of ${rank} dimensions`)
  const dimensions = Array.from({ length: rank }, (_, k) => view.getUint32(4 + 4 * k))
  const expected = dimensions.reduce((product, dimension) => product * dimension, 1)
  const values = bytes.subarray(start)
  if (values.length !== expected)
    return damaged(file, start, `${dimensions.join(" x ")} values do not fill ${values.length} bytes`)
  return Result.succeed({ dimensions, values })
}
