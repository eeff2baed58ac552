/**
 * Sealed lines in numbered files, `name-000001.ndjson`: appended, never changed, and the oldest files removed whole.
 *
 * A line that `append` gave a place for outlives a power cut. What a cut-off write left at the end of the last file is
 * removed when the files are opened again; any other damage is refused.
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import * as Sealed from "@edgeol/backends/journal/Sealed"
import { AgentError } from "./AgentError.ts"

export interface Options {
  readonly folder: string
  readonly name: string
  /** A file longer than this gets no more lines. */
  readonly fileBytes: number
}

/** Where a line is. */
export interface Place {
  readonly file: number
  readonly at: number
  readonly bytes: number
}

export interface Segments {
  /** Writes an object's text and waits for the disk. Throws the system's error and leaves the files as they were. */
  readonly append: (json: string) => Place
  readonly read: (place: Place) => unknown
  /** Removes the files before this one. */
  readonly remove: (file: number) => void
  /** On disk. */
  readonly bytes: () => number
  readonly close: () => void
}

/** Opens what is there, or the first file, and tells of every line. Throws an `AgentError` where a line is damaged. */
export const open = (options: Options, each: (line: unknown, place: Place) => void): Segments => {
  const sizes = new Map<number, number>()
  const files = numbers(options)
  for (const file of files) sizes.set(file, recover(options, file, file === files.at(-1), each))
  if (files.length === 0) sizes.set(1, 0)
  let last = files.at(-1) ?? 1
  let descriptor = openFile(options, last)

  const append = (json: string): Place => {
    if (sizes.get(last)! > options.fileBytes) next()
    const at = sizes.get(last)!
    const line = Buffer.from(`${Sealed.seal(json)}\n`)
    try {
      for (let done = 0; done < line.length;) done += writeSync(descriptor, line, done, line.length - done, at + done)
      fsyncSync(descriptor)
    } catch (error) {
      ftruncateSync(descriptor, at)
      throw error
    }
    sizes.set(last, at + line.length)
    return { file: last, at, bytes: line.length }
  }
  const next = () => {
    const opened = openFile(options, last + 1)
    closeSync(descriptor)
    descriptor = opened
    last += 1
    sizes.set(last, 0)
  }
  return {
    append,
    read: (place) => readLine(options, place),
    remove: (file) => {
      for (const old of [...sizes.keys()].filter((number) => number < Math.min(file, last))) {
        rmSync(pathOf(options, old), { force: true })
        sizes.delete(old)
      }
    },
    bytes: () => [...sizes.values()].reduce((sum, size) => sum + size, 0),
    close: () => closeSync(descriptor)
  }
}

const pathOf = ({ folder, name }: Options, file: number) =>
  join(folder, `${name}-${String(file).padStart(6, "0")}.ndjson`)

const numbers = ({ folder, name }: Options): ReadonlyArray<number> =>
  readdirSync(folder)
    .filter((path) => path.startsWith(`${name}-`) && /-\d{6,}\.ndjson$/.test(path))
    .map((path) => Number(path.slice(name.length + 1, -".ndjson".length)))
    .toSorted((a, b) => a - b)

/** The name of a new file is on disk before its first line is. */
const openFile = (options: Options, file: number): number => {
  const descriptor = openSync(pathOf(options, file), "a")
  closeSync(descriptor)
  const folder = openSync(options.folder, "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
  return openSync(pathOf(options, file), "r+")
}

const readLine = (options: Options, { file, at, bytes }: Place): unknown => {
  const path = pathOf(options, file)
  const buffer = Buffer.alloc(bytes)
  const descriptor = openSync(path, "r")
  try {
    readSync(descriptor, buffer, 0, bytes, at)
  } finally {
    closeSync(descriptor)
  }
  const line = opened(buffer.subarray(0, -1))
  if (line === undefined) throw damaged(`${path}, at byte ${at},`)
  return line
}

/** Tells of every line of a file and gives its length, without what a cut-off write left at its end. */
const recover = (
  options: Options,
  file: number,
  isLast: boolean,
  each: (line: unknown, place: Place) => void
): number => {
  const path = pathOf(options, file)
  const buffer = readFileSync(path)
  let at = 0
  for (let number = 1, end = buffer.indexOf(10); end >= 0; number += 1, end = buffer.indexOf(10, at)) {
    const line = opened(buffer.subarray(at, end))
    if (line === undefined) throw damaged(`${path}, line ${number},`)
    each(line, { file, at, bytes: end + 1 - at })
    at = end + 1
  }
  const rest = buffer.subarray(at)
  if (rest.length > 0 && (!isLast || isWhole(rest))) throw damaged(`The end of ${path}`)
  if (isLast) cut(path, at)
  return at
}

/** A line without its line end, or with another byte in its place, was acknowledged: it is no cut-off write. */
const isWhole = (rest: Buffer) => opened(rest) !== undefined || opened(rest.subarray(0, -1)) !== undefined

const opened = (line: Buffer): unknown => {
  try {
    return Sealed.open(line.toString("utf8"))
  } catch {
    return undefined
  }
}

/** All that is left is on disk after this: who was killed may have written a line and not waited for it. */
const cut = (path: string, bytes: number) => {
  const descriptor = openSync(path, "r+")
  try {
    ftruncateSync(descriptor, bytes)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const damaged = (where: string) =>
  new AgentError({ message: `${where} is damaged; restore the file from a copy, or start with another --state.` })
