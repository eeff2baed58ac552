/** Portable network graphics, by pngjs. It passes over chunks it does not know, so checksums are ours to check. */
import { crc32 } from "node:zlib"
import { SamplesError } from "@edgeol/core/Samples"
import { Result } from "effect"
import { PNG } from "pngjs"
import type { Read } from "./Damage.ts"
import type { Image } from "./Ppm.ts"

/** Reads one image as RGB; `file` is for messages. */
export const read = (bytes: Uint8Array, file: string): Read<Image> =>
  Result.map(decode(bytes, file), ({ data, height, width }) => ({ width, height, pixels: withoutAlpha(data) }))

const decode = (bytes: Uint8Array, file: string): Read<PNG> =>
  Result.try({
    try: () => PNG.sync.read(checked(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))),
    catch: (error) => new SamplesError({ message: `${file} is damaged: ${reason(error)}; fetch the file again.` })
  })

/** After 8 bytes of signature: length, then type and data, then their CRC, to the end. */
const checked = (file: Buffer): Buffer => {
  for (let at = 8; at + 12 <= file.length;) {
    const end = at + 8 + file.readUInt32BE(at)
    const wrong = end + 4 > file.length || crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)
    if (wrong) throw new Error(`the chunk at byte ${at} does not match its checksum`)
    at = end + 4
  }
  return file
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error)).replace(/\.$/, "")

const withoutAlpha = (rgba: Uint8Array): Uint8Array => {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!
    rgb[to + 1] = rgba[from + 1]!
    rgb[to + 2] = rgba[from + 2]!
  }
  return rgb
}
