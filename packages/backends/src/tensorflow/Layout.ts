/** A folder that holds a TensorFlow, laid out as the unpacked `tensorflow` Python package. */
import { createHash } from "node:crypto"
import { statSync } from "node:fs"
import { join } from "node:path"

export const library = "libtensorflow_cc.so.2"
export const framework = "libtensorflow_framework.so.2"
const header = "include/tensorflow/c/c_api.h"

/** Which of the needed files are absent or empty. */
export const missing = (folder: string): ReadonlyArray<string> =>
  [library, framework, header].filter((file) => !((size(join(folder, file)) ?? 0) > 0))

/** Tells one TensorFlow from another without reading its 800 MB: path, sizes and times of change of its libraries. */
export const identity = (folder: string): string =>
  createHash("sha256")
    .update(JSON.stringify([folder, ...[library, framework].map((file) => signature(join(folder, file)))]))
    .digest("hex")
    .slice(0, 16)

/** Size and time of change of a file, whole seconds (Deno and Node round finer ones differently); null without it. */
export const signature = (path: string): readonly [bytes: number, changed: number] | null => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? null : [stat.size, Math.floor(stat.mtimeMs / 1000)]
}

const size = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size
