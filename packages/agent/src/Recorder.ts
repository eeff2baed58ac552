/**
 * The journal of a device that never ends: the tape in numbered files of bounded size and number, and the snapshot to go
 * on from. Every file is a tape of its own; the header of a later one has the policy's state with which it begins.
 *
 * `kill -9` at any byte leaves a whole snapshot. What the tape has after it is followed as far as it is whole and the
 * model is that of the snapshot; the rest is cut off on opening. A round's lines would be, so its steps are written many
 * at a time.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import * as Sealed from "@edgeol/backends/journal/Sealed"
import * as DurableFile from "@edgeol/backends/tfjs/DurableFile"
import { Entry, Journal, JournalError, Snapshot } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import { Effect, Option, Schema } from "effect"
import { AgentError, reason } from "./AgentError.ts"
import * as Folded from "./Folded.ts"
import * as Follow from "./Follow.ts"

export interface Options {
  readonly folder: string
  /** Of the tape; a run goes on only under an equal one. */
  readonly header: Readonly<Record<string, unknown>>
  readonly policy: Policy
  /** The policy's state after the last decision. */
  readonly state: () => unknown
  /** Sees every line as it is written. */
  readonly onEntry: (entry: Entry) => void
  /** Sees every snapshot once it is on disk. */
  readonly onSnapshot: (snapshot: Snapshot) => void
  readonly limits?: Limits
}

export interface Limits {
  /** A file longer than this is followed by another. */
  readonly fileBytes: number
  /** Files kept. */
  readonly files: number
  /** Seconds between snapshots while nothing is learnt. */
  readonly between: number
}

export const limits: Limits = { fileBytes: 2 ** 24, files: 8, between: 60 }

/** Steps whose lines are written at once, at most: alone, after a step, a line took 40 us, and among others 6 us. */
const together = 64

const Kept = Schema.Struct({ file: Schema.Int, bytes: Schema.Int, state: Snapshot })
type Kept = typeof Kept.Type
const keptCodec = Schema.toCodecJson(Kept)
const encodeKept = Schema.encodeSync(keptCodec)
const decodeKept = Schema.decodeUnknownSync(keptCodec)
const entryCodec = Schema.toCodecJson(Entry)
const decodeEntry = Schema.decodeUnknownSync(entryCodec)

/** A line's text as its codec has it, without the codec's time, which a short step would feel. */
export const text = (entry: Entry): string => {
  const plain = JSON.stringify(entry)
  // What is no finite number is null so far; to look at every value takes five times as long.
  return plain.includes("null") ? JSON.stringify(entry, told) : plain
}

const told = (_: string, value: unknown) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value

/** The file of a tape. */
export const pathOf = (folder: string, file: number): string =>
  join(folder, `tape-${String(file).padStart(6, "0")}.ndjson`)

/** Numbers of the files there are, the oldest first. */
export const files = (folder: string): ReadonlyArray<number> =>
  readdirSync(folder)
    .filter((name) => /^tape-\d{6,}\.ndjson$/.test(name))
    .map((name) => Number(name.slice("tape-".length, -".ndjson".length)))
    .toSorted((a, b) => a - b)

/** What an earlier run left. */
export interface Last {
  readonly header: { readonly [field: string]: unknown }
  readonly state: Snapshot
}

/** Whatever its header. Throws an `AgentError` where it is damaged. */
export const last = (folder: string): Last | undefined => {
  const kept = read(folder)
  return kept && { header: wholeLines(folder, kept).header, state: kept.state }
}

const snapshotFile = (folder: string) => join(folder, "snapshot.json")

const read = (folder: string): Kept | undefined => {
  const path = snapshotFile(folder)
  if (!existsSync(path)) return undefined
  try {
    return decodeKept(Sealed.open(readFileSync(path, "utf8")))
  } catch {
    throw damaged(path)
  }
}

const damaged = (what: string) =>
  new AgentError({ message: `${what} is damaged; restore it from a copy, or start with another --state.` })

export interface Recorder {
  readonly journal: Journal["Service"]
  /** From where the run goes on. */
  readonly resumed: Snapshot | undefined
}

/** Closed with the scope. Fails where what is there is damaged. */
export const open = Effect.fnUntraced(function* (options: Options) {
  const { folder, policy } = options
  const { fileBytes, files: mostFiles, between } = options.limits ?? limits
  const header = JSON.stringify(options.header)
  const opened = yield* attempt(folder, () => start(folder, header, policy))
  let { file, bytes } = opened
  const followed = Folded.make(follow, opened.following)
  let saved = performance.now()
  let descriptor: number = yield* attempt(folder, () => openSync(pathOf(folder, file), "r+"))
  yield* Effect.addFinalizer(() => Effect.sync(() => closeSync(descriptor)))

  /** Lines that are not written yet. */
  let waiting: Array<Entry> = []
  let wrote = performance.now()
  const write = () => {
    const lines = Buffer.from(waiting.map((entry) => `${Sealed.seal(text(entry))}\n`).join(""))
    waiting = []
    try {
      for (let at = 0; at < lines.length;) at += writeSync(descriptor, lines, at, lines.length - at, bytes + at)
    } catch (error) {
      ftruncateSync(descriptor, bytes)
      throw error
    }
    bytes += lines.length
    wrote = performance.now()
  }
  yield* Effect.addFinalizer(() => Effect.ignore(attempt(folder, write)))
  const canWait = ({ observation }: Entry) =>
    observation._tag === "StepFinished" && waiting.length < together && performance.now() - wrote < 1000

  const save = (state: Snapshot) => {
    write()
    fsyncSync(descriptor)
    if (bytes > fileBytes) rotate(state.policy)
    keep(folder, { file, bytes, state })
    saved = performance.now()
    options.onSnapshot(state)
  }
  /** The next file counts from the snapshot on that names it. */
  const rotate = (from: unknown) => {
    const created = create(folder, file + 1, JSON.stringify({ ...options.header, from }))
    closeSync(descriptor)
    ;[file, bytes] = [file + 1, created]
    descriptor = openSync(pathOf(folder, file), "r+")
    for (const old of files(folder)) if (old <= file - mostFiles) rmSync(pathOf(folder, old), { force: true })
  }
  const isDue = () => bytes > fileBytes || performance.now() - saved > between * 1000

  const journal = Journal.of({
    append: (entry) =>
      attempt(folder, () => {
        waiting.push(entry)
        if (!canWait(entry)) write()
        followed.add({ entry, policy: options.state() })
        options.onEntry(entry)
        const following = isDue() ? followed.value() : undefined
        if (following !== undefined && Follow.isSure(following)) save(following.state)
      }),
    snapshot: (state) =>
      attempt(folder, () => {
        save(state)
        followed.set(Follow.from(state))
      }),
    resume: Effect.succeed(Option.fromUndefinedOr(opened.following?.state))
  })
  return { journal, resumed: opened.following?.state } satisfies Recorder
})

/** Before the loop's first snapshot there is nothing to go on from. */
const follow = (
  following: Follow.Following | undefined,
  { entry, policy }: { readonly entry: Entry; readonly policy: unknown }
) => following && Follow.add(following, entry, policy)

const attempt = <A>(folder: string, action: () => A): Effect.Effect<A, JournalError> =>
  Effect.try({
    try: action,
    catch: (cause) =>
      cause instanceof AgentError
        ? new JournalError({ reason: "Damaged", message: cause.message })
        : new JournalError({
            reason: "Unwritable",
            message: `Cannot write to ${folder}: ${reason(cause)}; free space.`
          })
  })

const keep = (folder: string, kept: Kept) =>
  DurableFile.write(snapshotFile(folder), Buffer.from(Sealed.seal(JSON.stringify(encodeKept(kept)))))

interface Opened {
  readonly file: number
  readonly bytes: number
  readonly following: Follow.Following | undefined
}

/** Goes on with a run of an equal header; else begins a file of its own after what is there. */
const start = (folder: string, header: string, policy: Policy): Opened => {
  const kept = read(folder)
  for (const file of files(folder)) if (kept === undefined || file > kept.file) rmSync(pathOf(folder, file))
  if (kept === undefined) return { file: 1, bytes: create(folder, 1, header), following: undefined }
  const found = wholeLines(folder, kept)
  if (headerOf(found.header) === header) return goOn(folder, kept, policy, found)
  const file = kept.file + 1
  return { file, bytes: create(folder, file, header), following: undefined }
}

/** Without the state that a later file begins with. */
const headerOf = (header: unknown): string => {
  const { from: _, ...rest } = header as { readonly from?: unknown }
  return JSON.stringify(rest)
}

interface Lines {
  readonly header: Last["header"]
  /** After the snapshot, as far as they are whole, with where each ends. */
  readonly tail: ReadonlyArray<{ readonly entry: Entry; readonly end: number }>
}

/** Every line up to the snapshot is whole, or the tape is refused. */
const wholeLines = (folder: string, kept: Kept): Lines => {
  const path = pathOf(folder, kept.file)
  const buffer = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  // The last line's end too: what is appended after another byte would belong to that line.
  if (buffer[kept.bytes - 1] !== 10) throw damaged(path)
  let header: Last["header"] = {}
  const tail: Array<Lines["tail"][number]> = []
  for (let at = 0, end = buffer.indexOf(10), number = 1; end >= 0; number += 1) {
    const line = opened(buffer.subarray(at, end))
    if (line === undefined && at < kept.bytes) throw damaged(`${path}, line ${number},`)
    if (line === undefined) break
    if (number === 1) header = line as Last["header"]
    else if (at >= kept.bytes) tail.push({ entry: decodeEntry(line), end: end + 1 })
    at = end + 1
    end = buffer.indexOf(10, at)
  }
  return { header, tail }
}

const opened = (line: Buffer): object | undefined => {
  try {
    return Sealed.open(line.toString("utf8")) as object
  } catch {
    return undefined
  }
}

/** Follows the tail as far as the model does not change and the policy decides as it did. */
const goOn = (folder: string, { file, bytes, state }: Kept, policy: Policy, { tail }: Lines): Opened => {
  let sure = { following: Follow.from(state), bytes }
  let following = sure.following
  for (const { entry, end } of tail) {
    const [next, decision] = policy.decide(following.state.policy, entry.observation)
    if (JSON.stringify(decision) !== JSON.stringify(entry.decision)) break
    following = Follow.add(following, entry, next)
    if (following.isLost) break
    if (Follow.isSure(following)) sure = { following, bytes: end }
  }
  cut(pathOf(folder, file), sure.bytes)
  keep(folder, { file, bytes: sure.bytes, state: sure.following.state })
  return { file, ...sure }
}

/** All that is left is on disk after this: who was killed may have written lines and not waited for them. */
const cut = (path: string, bytes: number) => {
  const descriptor = openSync(path, "r+")
  try {
    ftruncateSync(descriptor, bytes)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** A new file with its header, on disk. */
const create = (folder: string, file: number, header: string): number => {
  const line = Buffer.from(`${Sealed.seal(header)}\n`)
  DurableFile.write(pathOf(folder, file), line)
  return line.length
}
