/** Small reads below a root: a sysfs attribute is a line of text. */
import { readdirSync, readFileSync } from "node:fs"

/** Trimmed contents, or undefined where the file is absent or may not be read. */
export const text = (file: string): string | undefined => whole(file)?.replaceAll("\0", "").trim()

/** Contents as they are, for a message that names a line of them. */
export const whole = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/** Names in a folder, sorted as numbers where they end in one; none where it is absent. */
export const names = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
  } catch {
    return []
  }
}

/** A whole number of at most 15 digits, as the kernel prints it. */
export const integer = (contents: string): number | undefined =>
  /^\s*-?\d{1,15}\s*$/.test(contents) ? Number(contents) : undefined

/** Seconds of the monotonic clock, the same in every thread. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e9

/** The code of an operating system's error, such as EACCES. */
export const errno = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error)
