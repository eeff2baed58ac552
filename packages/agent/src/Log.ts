/** What the agent says: on standard error, for the journal of the system, and in files of bounded size and number. */
import { appendFileSync, existsSync, renameSync, statSync } from "node:fs"
import { join } from "node:path"

export type Log = (message: string) => void

/** Of a file, and files kept besides. */
const most = { bytes: 2 ** 20, files: 3 }

/** A log in a folder that exists. A disk that is full keeps nobody from working. */
export const open = (folder: string, now: () => Date = () => new Date(), limits = most): Log => {
  const path = join(folder, "agent.log")
  return (message) => {
    process.stderr.write(`${message}\n`)
    try {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > limits.bytes) rotate(path, limits.files)
      appendFileSync(path, `${now().toISOString()} ${message}\n`)
    } catch {
      // It was said on standard error.
    }
  }
}

/** `agent.log` becomes `agent.log.1`, that one `.2`, and the last is overwritten. */
const rotate = (path: string, files: number) => {
  for (let i = files; i > 0; i--) {
    const from = i === 1 ? path : `${path}.${i - 1}`
    if (existsSync(from)) renameSync(from, `${path}.${i}`)
  }
}
