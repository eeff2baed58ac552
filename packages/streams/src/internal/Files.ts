/** Reads files of data sets. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { SamplesError } from "@edgeol/core/Samples"
import { Effect } from "effect"

export interface File {
  readonly path: string
  readonly bytes: Uint8Array
}

/** A file of the data folder; names ending in .gz are unpacked. */
export const read = (data: string, name: string): Effect.Effect<File, SamplesError> => {
  const path = join(data, name)
  return Effect.flatMap(load(path), (bytes) =>
    name.endsWith(".gz") ? unpack(path, bytes) : Effect.succeed({ path, bytes })
  )
}

const load = (path: string) =>
  Effect.try({
    try: (): Uint8Array => readFileSync(path),
    catch: (error) =>
      new SamplesError({
        message: `${path} cannot be read (${reason(error)}); put it there, or name its data folder with --data.`
      })
  })

/** What the system says, without its code and call. */
export const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^[A-Z]+: /, "").replace(/, \w+( '.*)?$/s, "")

const unpack = (path: string, bytes: Uint8Array) =>
  Effect.try({
    try: (): File => ({ path, bytes: gunzipSync(bytes) }),
    catch: (error) => {
      const cause = error instanceof Error ? error.message : String(error)
      return new SamplesError({ message: `${path} is damaged or cut short (${cause}); fetch the file again.` })
    }
  })
