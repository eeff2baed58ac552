/** Where a user's machine keeps TensorFlow and the built addon, for all clones. */
import { randomBytes } from "node:crypto"
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { homedir, hostname } from "node:os"
import { join, resolve } from "node:path"
import { Effect } from "effect"
import * as Failure from "./TensorflowError.ts"

type Env = Readonly<Record<string, string | undefined>>

/** `$EDGEOL_CACHE`, else `$XDG_CACHE_HOME/edgeol`, else `~/.cache/edgeol`. */
export const folder = (env: Env = process.env): string =>
  resolve(given(env.EDGEOL_CACHE) ?? join(given(env.XDG_CACHE_HOME) ?? join(homedir(), ".cache"), "edgeol"))

/** A new, empty folder of this process inside `cache`; what earlier, killed processes left is `sweep`t. */
export const scratch = (cache: string): Effect.Effect<string, Failure.TensorflowError> => {
  const path = join(cache, `${prefix}${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}`)
  return write(path, () => mkdirSync(path, { recursive: true })).pipe(Effect.as(path))
}

/** Removes the scratch folders of others. Only the holder of the cache's lock may do it. */
export const sweep = (cache: string): void => {
  for (const name of readdirSync(cache)) if (name.startsWith(prefix)) remove(join(cache, name))
}

/** Removes what may still be written to by a child of a killed process: what is left goes with the next sweep. */
export const remove = (path: string): void => {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 2 })
  } catch {
    // Nobody reads scratch folders, so a rest of one does no harm.
  }
}

/** A change of the disk whose failure is told by `path`. */
export const write = <A>(path: string, change: () => A): Effect.Effect<A, Failure.TensorflowError> =>
  Effect.try({ try: change, catch: (cause) => Failure.ofWrite(path, cause) })

const prefix = "scratch-"

const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value)
