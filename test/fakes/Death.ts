/**
 * Ends the process that loads it (`node --import`) at one of its own disk operations, or in the middle of one, as
 * `$EDGEOL_DEATH` says: a `kill -9`, or a power cut.
 *
 * At a power cut, what was not waited for (fsync) may be gone: of each file any part of what was written since, and of
 * each folder any number of its newest entries, whether files were made, renamed or removed there. What a process left
 * unwritten when it was killed is as unsure in the next one.
 *
 * What is removed lies beside the folder afterwards, so that a test can look at all that there ever was.
 */
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { basename, dirname, join } from "node:path"
import { isMainThread } from "node:worker_threads"

/** `torn`: in the middle, where it is a write or the removal of a folder; after it otherwise. */
type Way = "before" | "torn" | "after"

export interface Moment {
  /** Of an operation, as `written` says it; any where it is empty. */
  readonly operation: string
  /** How many of them there are up to this one. */
  readonly nth: number
  readonly way: Way
  readonly isPowerCut: boolean
  readonly seed: number
}

export interface Death {
  /** Operations below this folder count. */
  readonly below: string
  /** Never, where there is none. */
  readonly at?: Moment
}

/** This module, for `--import`. */
export const file = import.meta.filename

/** What the process did and how it died, a line of JSON each. */
export const notes = (below: string): string => `${below}.beside/notes.ndjson`

/** What is known to be on disk: to be removed where others than this module's processes have written below the folder. */
export const known = (below: string): string => `${below}.beside/sizes.json`

/** Where files are that were removed. */
export const removed = (below: string): string => `${below}.beside/removed`

/** For the environment of the process, with this module among its imports. */
export const environment = (death: Death): { readonly EDGEOL_DEATH: string } => ({
  EDGEOL_DEATH: JSON.stringify(death)
})

/** An operation's name without the numbers and hashes in its file's. */
const named = (what: string, path: string): string =>
  `${what} ${basename(path)
    .replace(/[0-9a-f]{16,}/g, "#")
    .replace(/\d+/g, "#")}`

/** A change of a folder or file that is not on disk yet. */
interface Change {
  readonly of: string
  readonly undo: () => void
}

const original = { ...fs }

const start = ({ below, at }: Death): void => {
  const beside = `${below}.beside`
  const isBelow = (path: unknown): path is string => typeof path === "string" && path.startsWith(`${below}/`)
  fs.mkdirSync(removed(below), { recursive: true })
  /** Bytes that are on disk, by inode: names change. */
  const sizes = new Map<number, number>(read(known(below)))
  const paths = new Map<number, string>()
  const seen = new Map<string, number>()
  let changes: ReadonlyArray<Change> = []
  let serial = 0

  const note = (line: object) => original.appendFileSync(notes(below), `${JSON.stringify(line)}\n`)
  const changed = (of: string, undo: () => void) => {
    changes = [...changes, { of, undo }]
  }
  const settled = (of: string) => {
    changes = changes.filter((change) => change.of !== of)
  }
  const keep = (path: string): string => {
    const kept = join(beside, `kept-${process.pid}-${(serial += 1)}`)
    original.linkSync(path, kept)
    return kept
  }

  /** For the next process, whatever becomes of this one. */
  const remember = () => {
    original.writeFileSync(join(beside, "sizes.new"), JSON.stringify([...sizes]))
    original.renameSync(join(beside, "sizes.new"), known(below))
  }

  const die = (operation: string, way: Way): never => {
    const lost = at!.isPowerCut ? powerCut(below, changes, sizes, at!.seed) : {}
    if (at!.isPowerCut) original.rmSync(known(below), { force: true })
    note({ died: operation, way, isPowerCut: at!.isPowerCut, ...lost })
    process.kill(process.pid, "SIGKILL")
    while (true) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }

  /** Does it, unless this is the moment. */
  const around = <A>(what: string, path: string, action: () => A, half?: () => void): A => {
    const operation = named(what, path)
    const count = (seen.get(operation) ?? 0) + 1
    const all = (seen.get("") ?? 0) + 1
    seen.set(operation, count).set("", all)
    const isIt = at !== undefined && at.nth === (at.operation === "" ? all : at.operation === operation ? count : 0)
    if (at === undefined || count === 1) note({ operation, count })
    if (isIt && at.way === "before") die(operation, at.way)
    if (isIt && at.way === "torn" && half !== undefined) {
      half()
      die(operation, at.way)
    }
    const value = action()
    if (isIt) die(operation, "after")
    return value
  }

  fs.openSync = ((path: string, flags: string, ...rest: Array<never>) => {
    const isNew = isBelow(path) && !flags.startsWith("r") && !original.existsSync(path)
    const open = () => original.openSync(path, flags, ...rest)
    const file = isNew ? around("create", path, open) : open()
    if (!isBelow(path) && path !== below) return file
    paths.set(file, path)
    if (isNew) changed(dirname(path), () => original.rmSync(path, { force: true }))
    const { ino, size } = original.fstatSync(file)
    if (isNew || flags.startsWith("w")) sizes.set(ino, 0)
    else if (!sizes.has(ino)) sizes.set(ino, size)
    return file
  }) as typeof fs.openSync

  fs.closeSync = (file) => {
    paths.delete(file)
    original.closeSync(file)
  }

  fs.writeSync = ((file: number, data: string | Uint8Array, offset = 0, length?: number, position?: number) => {
    const path = paths.get(file)
    const bytes = typeof data === "string" ? Buffer.from(data) : data
    const [from, count] =
      typeof data === "string" ? [0, bytes.length] : [offset ?? 0, length ?? bytes.length - (offset ?? 0)]
    const put = (some: number) => original.writeSync(file, bytes, from, some, position ?? null)
    if (path === undefined) return put(count)
    return around(
      "write",
      path,
      () => put(count),
      () => void put(Math.floor((count * (1 + (at!.seed % 99))) / 100))
    )
  }) as typeof fs.writeSync

  fs.fsyncSync = (file) => {
    const path = paths.get(file)
    if (path === undefined) return original.fsyncSync(file)
    around(original.fstatSync(file).isDirectory() ? "sync folder" : "sync", path, () => {
      settled(path)
      const { ino, size } = original.fstatSync(file)
      sizes.set(ino, size)
      remember()
    })
  }

  fs.ftruncateSync = (file, length = 0) => {
    const path = paths.get(file)
    if (path === undefined) return original.ftruncateSync(file, length ?? 0)
    const tail = original.readFileSync(path).subarray(length ?? 0)
    around("cut", path, () => original.ftruncateSync(file, length ?? 0))
    changed(path, () => original.appendFileSync(path, tail))
  }

  fs.renameSync = (from, to) => {
    if (!isBelow(from) || !isBelow(to)) return original.renameSync(from, to)
    const old = original.lstatSync(to, { throwIfNoEntry: false })
    const kept = old === undefined || old.isDirectory() ? undefined : keep(to)
    around("rename", to, () => original.renameSync(from, to))
    changed(dirname(to), () => {
      original.renameSync(to, from)
      if (kept !== undefined) original.renameSync(kept, to)
    })
  }

  fs.rmSync = (path, options) => {
    const old = isBelow(path) ? original.lstatSync(path, { throwIfNoEntry: false }) : undefined
    if (!isBelow(path) || old === undefined || old.isSocket()) return original.rmSync(path, options)
    if (old.isDirectory()) {
      return around(
        "remove",
        path,
        () => original.rmSync(path, options),
        () => removeHalf(path)
      )
    }
    const kept = join(removed(below), basename(path))
    original.rmSync(kept, { force: true })
    original.linkSync(path, kept)
    around("remove", path, () => original.rmSync(path, options))
    changed(dirname(path), () => original.linkSync(kept, path))
  }

  fs.mkdirSync = ((path: string, options?: fs.MakeDirectoryOptions) => {
    if (!isBelow(path) || original.existsSync(path)) return original.mkdirSync(path, options)
    let top = path
    while (!original.existsSync(dirname(top))) top = dirname(top)
    const made = around("make", path, () => original.mkdirSync(path, options))
    changed(dirname(top), () => original.rmSync(top, { recursive: true, force: true }))
    return made
  }) as typeof fs.mkdirSync

  fs.symlinkSync = (target, path, type) => {
    if (!isBelow(path)) return original.symlinkSync(target, path, type)
    around("link", path, () => original.symlinkSync(target, path, type))
    changed(dirname(path), () => original.rmSync(path, { force: true }))
  }

  syncBuiltinESMExports()
}

const read = (path: string): ReadonlyArray<readonly [number, number]> =>
  original.existsSync(path) ? JSON.parse(original.readFileSync(path, "utf8")) : []

const removeHalf = (folder: string): void => {
  const names = original.readdirSync(folder)
  for (const name of names.slice(0, Math.ceil(names.length / 2))) {
    original.rmSync(join(folder, name), { recursive: true })
  }
}

/** Takes back what the disk may not have; gives how much of it there was. */
const powerCut = (folder: string, changes: ReadonlyArray<Change>, sizes: ReadonlyMap<number, number>, seed: number) => {
  let state = seed
  const below = (count: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state % count
  }
  const counts = new Map<string, number>()
  for (const { of } of changes) counts.set(of, (counts.get(of) ?? 0) + 1)
  for (const [of, count] of counts) counts.set(of, below(count + 1))
  const lost = { bytes: 0, changes: 0 }
  for (const { of, undo } of changes.toReversed()) {
    const left = counts.get(of)!
    if (left === 0) continue
    counts.set(of, left - 1)
    lost.changes += 1
    undo()
  }
  for (const entry of original.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const { ino, size: now } = original.statSync(path)
    const size = sizes.get(ino) ?? now
    if (now <= size) continue
    const gone = below(now - size + 1)
    original.truncateSync(path, now - gone)
    lost.bytes += gone
  }
  return { lost }
}

const { EDGEOL_DEATH: asked } = process.env
if (asked !== undefined && isMainThread) start(JSON.parse(asked))
