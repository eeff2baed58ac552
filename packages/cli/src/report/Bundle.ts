/** The plotly bundle, read once from its package and packed: 10 MB become 2.6 MB of text. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"

export const source = (): string => readFileSync(fileURLToPath(import.meta.resolve("plotly.js-dist")), "utf8")

let kept: string | undefined

/** Gzip in base64, which no page can mistake for the end of a script. */
export const packed = (): string => (kept ??= gzipSync(source()).toString("base64"))
