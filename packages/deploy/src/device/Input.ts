/** A bundle on standard input, which stays open behind it. */
import { createHash } from "node:crypto"
import { join } from "node:path"
import { BundleError } from "../BundleError.ts"
import * as Places from "./Places.ts"

/** So many bytes with this SHA-256. What arrived before a connection was lost is kept as a part, to go on from. */
export const bundle = async (root: string, hash: string, bytes: number): Promise<Uint8Array> => {
  const arrived = await first(bytes)
  const isWhole = arrived.length === bytes
  if (isWhole && createHash("sha256").update(arrived).digest("hex") === hash) return arrived
  if (!isWhole && /^[0-9a-f]{64}$/.test(hash)) Places.write(join(root, "incoming", `${hash}.part`), arrived)
  throw new BundleError({ message: "The bundle did not arrive whole; nothing was changed, deploy again." })
}

/** The first bytes of standard input, or all where there are fewer. */
const first = (bytes: number): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Array<Buffer> = []
    let missing = bytes
    const end = () => resolve(Buffer.concat(chunks))
    process.stdin.on("data", (chunk: Buffer) => {
      chunks.push(chunk)
      missing -= chunk.length
      if (missing <= 0) end()
    })
    process.stdin.once("end", end).once("error", end)
  })
