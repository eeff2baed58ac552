/** One sweep at a time per folder. The lock is a socket of the system's, which goes with its process however it ends. */
import { realpathSync } from "node:fs"
import { createServer } from "node:net"
import * as Trials from "./Trials.ts"

/** Gives a function that unlocks; null when another process has it. */
export const take = (folder: string): Promise<(() => void) | null> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.unref()
    server.on("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(null) : reject(error)))
    server.listen({ path: `\0edgeol-sweep-${Trials.sha256(realpathSync(folder))}` }, () =>
      resolve(() => void server.close())
    )
  })
