/**
 * Rows that are done, by key: lines of JSON with a checksum, appended to `trials.ndjson`. What a kill left of a line is
 * cut off on opening, and a line that was damaged is not there: its trial runs again.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs"
import { join } from "node:path"
import * as Files from "../Files.ts"
import * as Sealed from "../Sealed.ts"

/** Cells of the table that a trial fills, by column. */
export type Row = Readonly<Record<string, number | string | null>>

export interface Kept {
  readonly key: string
  readonly row: Row
}

export interface Store {
  readonly path: string
  readonly has: (key: string) => boolean
  readonly size: () => number
  /** Adds rows, all of them or none. Throws the system's error. */
  readonly add: (rows: ReadonlyArray<Kept>) => void
  readonly get: (key: string) => Row
  /** Forces all rows to disk. Throws the system's error. */
  readonly sync: () => void
  readonly close: () => void
}

/** Opens the store in a folder, or makes it. Throws the system's error. */
export const open = (folder: string): Store => {
  Files.folder(folder)
  const path = join(folder, "trials.ndjson")
  const file = openSync(path, "a+")
  const places = new Map<string, Place>()
  let synced = performance.now()
  let bytes = scan(file, (line, at) => {
    const key = keyOf(line)
    if (key !== undefined) places.set(key, { at, length: line.length })
  })
  ftruncateSync(file, bytes)
  return {
    path,
    has: (key) => places.has(key),
    size: () => places.size,
    add(rows) {
      const lines = rows.map((row) => Buffer.from(`${Sealed.seal(JSON.stringify(row))}\n`))
      append(file, Buffer.concat(lines), bytes)
      for (const [i, line] of lines.entries()) {
        places.set(rows[i]!.key, { at: bytes, length: line.length - 1 })
        bytes += line.length
      }
      if (performance.now() - synced < 1000) return
      fsyncSync(file)
      synced = performance.now()
    },
    get(key) {
      const { at, length } = places.get(key)!
      const line = Buffer.allocUnsafe(length)
      readSync(file, line, 0, length, at)
      return (Sealed.open(line.toString()) as Kept).row
    },
    sync: () => fsyncSync(file),
    close: () => closeSync(file)
  }
}

interface Place {
  readonly at: number
  readonly length: number
}

/** Nothing of the rows stays when not all of them find room. */
const append = (file: number, lines: Buffer, end: number): void => {
  try {
    for (let at = 0; at < lines.length;) at += writeSync(file, lines, at)
  } catch (error) {
    ftruncateSync(file, end)
    throw error
  }
}

const keyOf = (line: Buffer): string | undefined => {
  try {
    return (Sealed.open(line.toString()) as Kept).key
  } catch {
    return undefined
  }
}

const chunk = 1 << 20
const newline = 10

/** Hands over each whole line and where it begins; gives the length of them all. */
const scan = (file: number, take: (line: Buffer, at: number) => void): number => {
  let rest = Buffer.alloc(0)
  let from = 0
  for (;;) {
    const more = Buffer.allocUnsafe(chunk)
    const read = readSync(file, more, 0, chunk, from + rest.length)
    if (read === 0) return from
    rest = Buffer.concat([rest, more.subarray(0, read)])
    let start = 0
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline, start)) {
      take(rest.subarray(start, end), from + start)
      start = end + 1
    }
    from += start
    rest = rest.subarray(start)
  }
}
