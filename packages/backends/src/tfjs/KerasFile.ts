/** Weights of a Keras HDF5 file through a byte index beside it (layer, name, shape, offset), without reading HDF5. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import * as Schema from "effect/Schema"
import type * as Weights from "./Weights.ts"

const Index = Schema.Struct({
  file: Schema.String,
  sha256: Schema.String,
  weights: Schema.Array(
    Schema.Struct({
      layer: Schema.String,
      name: Schema.String,
      shape: Schema.Array(Schema.Number),
      byteOffset: Schema.Number,
      byteLength: Schema.Number
    })
  )
})

export interface KerasFile {
  readonly path: string
  readonly bytes: Buffer
  readonly weights: (typeof Index.Type)["weights"]
}

/** Throws an `Error` of one sentence when a file is missing or is not what the index was made for. */
export const read = (path: string): KerasFile => {
  const index = indexOf(path)
  const file = resolve(dirname(path), index.file)
  const bytes = open(file)
  const found = createHash("sha256").update(bytes).digest("hex")
  if (found !== index.sha256)
    throw new Error(`${file} has SHA-256 ${found} instead of ${index.sha256}: fetch the file again`)
  return { path: file, bytes, weights: index.weights }
}

const indexOf = (path: string): typeof Index.Type => {
  const text = open(path).toString("utf8")
  try {
    return Schema.decodeUnknownSync(Index)(JSON.parse(text))
  } catch (error) {
    const message = `${path} is not the byte index of a Keras file (${(error as Error).message.split("\n")[0]}): fetch it again`
    throw new Error(message, { cause: error })
  }
}

const open = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Error(
      `cannot read the pre-trained model ${path} (${(error as Error).message}): give its folder with --data`,
      { cause: error }
    )
  }
}

export const weight = (file: KerasFile, layer: string, name: string): Weights.Values => {
  const entry = file.weights.find((one) => one.layer === layer && one.name === name)
  if (entry === undefined)
    throw new Error(`${file.path} has no weight ${layer}/${name}: its byte index is of another model`)
  const { byteOffset, byteLength, shape } = entry
  const bytes = file.bytes.subarray(byteOffset, byteOffset + byteLength)
  const values = new Float32Array(new Uint8Array(bytes).buffer)
  return { shape, values }
}
