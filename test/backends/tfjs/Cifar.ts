/** Images of the CIFAR-10 sample, read without the code under test. */
import { readFileSync } from "node:fs"
import { inflateSync } from "node:zlib"
import type { Examples } from "@edgeol/core/Examples"
import { data } from "../../data.ts"

/** The first `count` images of the CIFAR-10 sample: a PNG of 1024 x 1000 RGB pixels, one image a row. */
export const images = (count: number): Examples => {
  const rows = pngRows(readFileSync(`${data}/cifar10-sample/cifar10_batch_0.png`), 3072, count)
  const labels = readFileSync(`${data}/cifar10-sample/derived/cifar10_batch_0.labels.txt`, "utf8").split("\n")
  return { count, shape: [32, 32, 3], inputs: rows, labels: Int32Array.from(labels.slice(0, count), Number) }
}

/** Rows of a non-interlaced 8-bit RGB PNG (PNG specification, section 9: filters). */
const pngRows = (file: Buffer, width: number, count: number): Uint8Array => {
  const parts: Array<Buffer> = []
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)))
  const raw = inflateSync(Buffer.concat(parts))
  const out = new Uint8Array(count * width)
  for (let y = 0; y < count; y++) {
    const filter = raw[y * (width + 1)]!
    for (let x = 0; x < width; x++) {
      const [a, b, c] = [
        x < 3 ? 0 : out[y * width + x - 3]!,
        y === 0 ? 0 : out[(y - 1) * width + x]!,
        x < 3 || y === 0 ? 0 : out[(y - 1) * width + x - 3]!
      ]
      const guess = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter]!
      out[y * width + x] = raw[y * (width + 1) + 1 + x]! + guess
    }
  }
  return out
}

const paeth = (a: number, b: number, c: number): number => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}
