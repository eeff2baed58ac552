/** One process at a time in a folder. The lock is a socket of the system's, which goes with its process however it ends. */
import { createHash } from "node:crypto"
import { existsSync, realpathSync } from "node:fs"
import { createServer } from "node:net"
import { basename, dirname, join, resolve } from "node:path"
import { Effect } from "effect"
import { CliError } from "./CliError.ts"

/** Gives a function that unlocks; null when another process has it. The folder need not be there yet. */
export const take = (folder: string): Promise<(() => void) | null> =>
  new Promise((give, reject) => {
    const server = createServer((caller) => caller.destroy())
    server.unref()
    server.on("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? give(null) : reject(error)))
    server.listen({ path: nameOf(folder) }, () => give(() => void server.close()))
  })

/** Has a folder that is written to for itself until the scope closes. */
export const hold = Effect.fnUntraced(function* (folder: string) {
  const unlock = yield* Effect.acquireRelease(
    Effect.promise(() => take(folder)),
    (unlock) => Effect.sync(() => unlock?.())
  )
  if (unlock !== null) return
  return yield* new CliError({
    message: `Another process writes to ${folder}; wait until it has ended, or name another folder with --out.`
  })
})

const nameOf = (folder: string): string =>
  `\0edgeol-${createHash("sha256")
    .update(withoutLinks(resolve(folder)))
    .digest("hex")}`

/** However much of it is there. */
const withoutLinks = (path: string): string =>
  existsSync(path) || dirname(path) === path ? realpathSync(path) : join(withoutLinks(dirname(path)), basename(path))
