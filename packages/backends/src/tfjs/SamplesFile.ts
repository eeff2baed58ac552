/** Labelled images in a safetensors file. Whole or refused. */
import { readFileSync } from "node:fs"
import type { Examples } from "@edgeol/core/Examples"
import * as DurableFile from "./DurableFile.ts"
import * as Safetensors from "./Safetensors.ts"
import { failure, reason } from "./CheckpointFailure.ts"

export interface Read {
  readonly samples: Examples
  readonly metadata: Readonly<Record<string, string>>
}

/** Durably. Throws a `LearnerError`. */
export const write = (path: string, samples: Examples, metadata: Read["metadata"] = {}): void => {
  const values = new Uint8Array(4 * Math.ceil(samples.inputs.length / 4))
  values.set(samples.inputs)
  const content = Safetensors.encode({
    arrays: new Map([
      ["inputs", { shape: [values.length / 4], values: new Float32Array(values.buffer) }],
      ["labels", { shape: [samples.count], values: Float32Array.from(samples.labels) }]
    ]),
    metadata
  })
  try {
    DurableFile.write(path, content)
  } catch (error) {
    throw failure(`cannot save the samples ${path} (${reason(error)}): free space or choose another folder`)
  }
}

/** Throws a `LearnerError` unless the file holds whole images of this shape. */
export const read = (path: string, shape: Examples["shape"]): Read => {
  try {
    const { arrays, metadata } = Safetensors.decode(readFileSync(path))
    const labels = Int32Array.from(arrays.get("labels")!.values)
    const { buffer, byteOffset } = arrays.get("inputs")!.values
    const length = labels.length * shape[0] * shape[1] * shape[2]
    const inputs = new Uint8Array(buffer, byteOffset, length).slice()
    return { samples: { count: labels.length, shape, labels, inputs }, metadata }
  } catch (error) {
    throw failure(`the samples ${path} are damaged or missing (${reason(error)}): restore an older checkpoint`)
  }
}
