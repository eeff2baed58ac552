/** Files that are whole or absent: written under a temporary name, forced to disk, renamed. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { dirname } from "node:path"

/** Replaces a file by this text. Throws the system's error. */
export const replace = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(temporary, "w")
    try {
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** What the system says, without its code and call. */
export const reason = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/^[A-Z]+: /, "").replace(/, \w+ .*$/, "")
}
