/** Files that are whole or absent: written under a temporary name, forced to disk, renamed. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { Effect } from "effect"
import { CliError } from "./CliError.ts"

/** Replaces a file by this content. Throws the system's error. */
export const replace = (path: string, text: string | Uint8Array): void => {
  folder(dirname(path))
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(temporary, "w")
    try {
      writeFileSync(file, text)
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

/** Makes a folder and those above it. Below /proc, `mkdirSync` with `recursive` never returns (node 24.21). */
export const folder = (path: string): void => {
  if (isFolder(path)) return
  if (dirname(path) !== path) folder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if (!isFolder(path)) throw error // another process may have been faster
  }
}

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** Changes something in a folder; what the system refuses becomes a sentence, with the flag that names another. */
export const change = <A>(folder: string, action: () => A, flag = "--out"): Effect.Effect<A, CliError> =>
  Effect.try({
    try: action,
    catch: (error) =>
      new CliError({ message: `Cannot write to ${folder}: ${reason(error)}; name another folder with ${flag}.` })
  })

/** What the system says, in its first line, without its code and call. */
export const reason = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/\n.*/s, "")
    .replace(/^[A-Z]+: /, "")
    .replace(/, \w+( .*)?$/, "")
}
