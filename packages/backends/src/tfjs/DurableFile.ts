/** Files that are whole or absent, also after a power cut. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { dirname } from "node:path"

/** Writes under a temporary name, waits for the disk, renames. The folder is made when it is missing. */
export const write = (path: string, bytes: Uint8Array): void => {
  const temporary = `${path}.${process.pid}.tmp`
  mkdirSync(dirname(path), { recursive: true })
  try {
    synced(temporary, "w", (file) => {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    })
    renameSync(temporary, path)
    synced(dirname(path), "r", () => {})
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

const synced = (path: string, flags: string, use: (file: number) => void): void => {
  const file = openSync(path, flags)
  try {
    use(file)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
