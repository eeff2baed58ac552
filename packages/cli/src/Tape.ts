/**
 * A recorded run on disk: `tape.ndjson` holds a header and one entry a line; `snapshot.json` holds where to go on.
 * Every line has a checksum.
 * A run killed at any byte leaves a whole snapshot, and a tape whose tail is cut off on resuming.
 */
import { createHash } from "node:crypto"
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { Entry, Journal, JournalError, Snapshot } from "@edgeol/core/Journal"
import { Effect, Exit, Option, Schema } from "effect"
import * as Files from "./Files.ts"
import * as Sealed from "./Sealed.ts"

/** What a run was: with it and the code of this version, the run can be repeated. */
export const Header = Schema.Struct({
  format: Schema.Literal("edgeol-tape@1"),
  /** The experiment file, whole. */
  experiment: Schema.Record(Schema.String, Schema.Json),
  /** The experiment's name and version, e.g. `gtsrb32/ni@1`. */
  stream: Schema.String,
  /** The scenario that arrived, if it is not the experiment's: its name or path, its file whole, and the times of its traces. */
  scenario: Schema.optionalKey(
    Schema.Struct({
      source: Schema.String,
      document: Schema.Record(Schema.String, Schema.Json),
      traces: Schema.Record(Schema.String, Schema.Array(Schema.Finite))
    })
  ),
  policy: Schema.Struct({ name: Schema.String, config: Schema.Json }),
  seed: Schema.Int,
  /** The process in which a round runs: the resident one, or a fresh one for each. */
  rounds: Schema.Literals(["warm", "cold"]),
  /** `measured`: real durations, idle waits skipped; `modelled`: durations of a cost model; `real`: nothing skipped. */
  clock: Schema.Literals(["measured", "modelled", "real"]),
  /** On the modelled clock, whose seconds these are: those of the meter's device, or of the computer where costs were recorded. */
  costs: Schema.optionalKey(Schema.Literal("device")),
  meter: Schema.Struct({ kind: Schema.Literals(["measured", "modelled"]), source: Schema.String }),
  /** Names of the freezable units, from input to output. */
  units: Schema.Array(Schema.String),
  /** Names of the scenarios met on line, in order. */
  scenarios: Schema.Array(Schema.String),
  /** Versions of edgeol, node, tfjs and TensorFlow, the number of threads, and what else decides the numbers. */
  versions: Schema.Record(Schema.String, Schema.String)
})
export type Header = typeof Header.Type

export interface Tape {
  readonly header: Header
  readonly entries: ReadonlyArray<Entry>
}

const headerCodec = Schema.toCodecJson(Header)
const entryCodec = Schema.toCodecJson(Entry)
const snapshotCodec = Schema.toCodecJson(Schema.Struct({ tapeBytes: Schema.Int, state: Snapshot }))
const encodeHeader = Schema.encodeSync(headerCodec)
const encodeEntry = Schema.encodeSync(entryCodec)
const encodeSnapshot = Schema.encodeSync(snapshotCodec)
const encodeBehaviour = Schema.encodeSync(
  Schema.toCodecJson(Schema.Tuple([Entry.fields.observation, Entry.fields.decision]))
)
const decodeHeader = Schema.decodeUnknownSync(headerCodec)
const decodeEntry = Schema.decodeUnknownSync(entryCodec)
const decodeSnapshot = Schema.decodeUnknownSync(snapshotCodec)

const damaged = (message: string) => new JournalError({ reason: "Damaged", message })

/** Where the tape is: in a run's folder, or the file itself. */
export const fileOf = (place: string): string =>
  statSync(place, { throwIfNoEntry: false })?.isFile() === true ? place : join(place, "tape.ndjson")

/** Reads a tape. A last line without its line end is a write that was cut off, and is left out. */
export const read = (place: string): Effect.Effect<Tape, JournalError> => reading(place, () => parse(fileOf(place)))

/** The header alone: what comes after it may be damaged where no snapshot has been. */
export const readHeader = (place: string): Effect.Effect<Header, JournalError> =>
  reading(place, () => {
    const path = fileOf(place)
    return line(path, 1, linesOf(path, Infinity)[0] ?? "", decodeHeader)
  })

const reading = <A>(folder: string, action: () => A): Effect.Effect<A, JournalError> =>
  Effect.try({
    try: action,
    catch: (cause) =>
      cause instanceof JournalError
        ? cause
        : damaged(`Cannot read ${folder}: ${Files.reason(cause)}; name a folder that \`edgeol run\` wrote.`)
  })

/** All of a tape, or its first `bytes`. */
const parse = (path: string, bytes = Infinity): Tape => {
  const [header = "", ...entries] = linesOf(path, bytes)
  return {
    header: line(path, 1, header, decodeHeader),
    entries: entries.map((text, i) => line(path, i + 2, text, decodeEntry))
  }
}

const linesOf = (path: string, bytes: number): ReadonlyArray<string> => {
  if (!existsSync(path)) throw damaged(`There is no run in ${path}; name a folder that \`edgeol run\` wrote.`)
  const lines = readFileSync(path).subarray(0, bytes).toString("utf8").split("\n")
  const rest = lines.pop()!
  // In a part that a snapshot covers all lines are whole; appending goes on behind them.
  return bytes < Infinity && rest !== "" ? [...lines, rest] : lines
}

const line = <A>(path: string, number: number, text: string, decode: (json: unknown) => A): A => {
  try {
    return decode(Sealed.open(text))
  } catch {
    throw damaged(
      `${path}, line ${number}, is damaged; restore the file from a copy, or start the run again in another folder.`
    )
  }
}

/** SHA-256 over observations and decisions: equal hashes, equal behaviour. */
export const hash = (entries: ReadonlyArray<Entry>): string => {
  const sum = createHash("sha256")
  for (const entry of entries) {
    sum.update(`${JSON.stringify(encodeBehaviour([entry.observation, entry.decision]))}\n`)
  }
  return sum.digest("hex")
}

export interface Options {
  readonly folder: string
  readonly header: Header
  /** Go on from the last snapshot. */
  readonly resume: boolean
  /** Sees each entry as it is written. */
  readonly onEntry?: ((entry: Entry) => void) | undefined
}

/** Whether there is a run in a folder: its header, at least. */
export const exists = (folder: string): boolean => {
  const path = join(folder, "tape.ndjson")
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true && readFileSync(path).includes("\n")
}

/** Whether a run in a folder got as far as its first snapshot. */
export const canGoOn = (folder: string): boolean => existsSync(join(folder, "snapshot.json"))

/** The file that a run writes last. */
export const ended = (folder: string): string => join(folder, "ended.json")

/** Fails unless there is a run of this header in a folder, whole up to its last snapshot. */
export const check = (folder: string, header: Header): Effect.Effect<void, JournalError> =>
  attempt(folder, () => void goOn(folder, header))

/** A journal in a folder, closed with the scope. */
export const open = Effect.fnUntraced(function* ({ folder, header, resume, onEntry }: Options) {
  const path = join(folder, "tape.ndjson")
  const from = resume ? yield* attempt(folder, () => goOn(folder, header)) : Option.none()
  const file = yield* Effect.acquireRelease(
    attempt(folder, () => openSync(path, Option.isSome(from) ? "r+" : "w")),
    (descriptor, exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit)) cut()
        closeSync(descriptor)
      })
  )
  let bytes = Option.match(from, { onNone: () => 0, onSome: ({ tapeBytes }) => tapeBytes })
  /** What lies behind the snapshot goes with the first line that takes its place, or when the run ends without one. */
  let isCut = false
  const cut = () => {
    if (!isCut) ftruncateSync(file, bytes)
    isCut = true
  }
  const append = (json: string) => {
    cut()
    const line = Buffer.from(`${Sealed.seal(json)}\n`)
    for (let at = 0; at < line.length;) at += writeSync(file, line, at, line.length - at, bytes + at)
    bytes += line.length
  }
  yield* attempt(folder, () => {
    if (Option.isSome(from)) return
    rmSync(join(folder, "snapshot.json"), { force: true })
    append(JSON.stringify(encodeHeader(header)))
  })
  return Journal.of({
    append: (entry) =>
      attempt(folder, () => {
        append(JSON.stringify(encodeEntry(entry)))
        onEntry?.(entry)
      }),
    snapshot: (state) =>
      attempt(folder, () => {
        fsyncSync(file)
        Files.replace(
          join(folder, "snapshot.json"),
          Sealed.seal(JSON.stringify(encodeSnapshot({ tapeBytes: bytes, state })))
        )
      }),
    resume: Effect.succeed(Option.map(from, ({ state }) => state))
  })
})

const attempt = <A>(folder: string, action: () => A): Effect.Effect<A, JournalError> =>
  Effect.try({
    try: action,
    catch: (cause) =>
      cause instanceof JournalError
        ? cause
        : new JournalError({
            reason: "Unwritable",
            message: `Cannot write to ${folder}: ${Files.reason(cause)}; choose another folder with --out.`
          })
  })

/** The last snapshot, if its tape is whole up to there and of the same run. */
const goOn = (folder: string, header: Header) => {
  const path = join(folder, "snapshot.json")
  const snapshot = line(path, 1, readFileSync(path, "utf8"), decodeSnapshot)
  const tape = join(folder, "tape.ndjson")
  if (!existsSync(tape) || statSync(tape).size < snapshot.tapeBytes) {
    throw damaged(
      `${tape} is shorter than its snapshot says; restore it from a copy, or start again in another folder.`
    )
  }
  const recorded = parse(tape, snapshot.tapeBytes).header
  if (JSON.stringify(encodeHeader(recorded)) !== JSON.stringify(encodeHeader(header))) {
    throw damaged(`${folder} holds a run of another policy, stream, seed or version; resume it with its own settings.`)
  }
  return Option.some(snapshot)
}
