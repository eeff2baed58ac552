/** The tape that was named, whole: what cannot be replayed is refused with what is wrong with it. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Envelope from "@edgeol/core/guards/Envelope"
import { Effect, Schema } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Tape from "../Tape.ts"
import * as PolicyFile from "../verify/PolicyFile.ts"

export interface Source extends Tape.Tape {
  readonly file: string
  /** What a device held its policy to, stepping aside where it was broken. */
  readonly promises?: typeof Envelope.Envelope.Encoded
  /** The state with which the policy goes on, where the tape is a later part of a run. */
  readonly from?: unknown
  /** The file of the tape's own policy, as it is found from here, where it is one. */
  readonly own?: string
  /** What a reader should know of it. */
  readonly notes: ReadonlyArray<string>
}

/** `place` is a run's folder, or a tape's file. */
export const read = Effect.fnUntraced(function* (place: string) {
  const file = Tape.fileOf(place)
  const wrong = yield* Effect.try({
    try: () => problem(file),
    catch: (error) => new CliError({ message: `Cannot read ${file}: ${Files.reason(error)}; name a run's folder.` })
  })
  if (wrong !== undefined) return yield* new CliError({ message: wrong })
  const tape = yield* Tape.read(place)
  if (tape.entries.length === 0) {
    return yield* new CliError({ message: `${file} holds a header and nothing else: the run never began.` })
  }
  const { promises, from } = JSON.parse(firstLine(file)) as { readonly promises?: unknown; readonly from?: unknown }
  return {
    ...tape,
    file,
    notes: notes(file, from !== undefined, promises !== undefined),
    ...(Schema.is(Envelope.Envelope)(promises) ? { promises } : {}),
    ...(from === undefined ? {} : { from })
  } satisfies Source
})

/** The same with its own policy found: a file that is not where it was may be the one that is `asked` for. */
export const own = (source: Source, asked?: string): Effect.Effect<Source, CliError> => {
  const { name } = source.header.policy
  if (PolicyFile.parts(name) === undefined) return Effect.succeed(source)
  if (!PolicyFile.isGone(name)) return Effect.succeed({ ...source, own: name })
  if (asked !== undefined && PolicyFile.parts(asked) !== undefined) return Effect.succeed({ ...source, own: asked })
  return new CliError({
    message: `${source.file} was decided by ${name}, which is not here; go to the folder it is in, or name the file with --policy.`
  })
}

/** Why it is no whole tape of this version, before its lines are read. */
const problem = (file: string): string | undefined => {
  if (!existsSync(file)) return absent(file)
  const first = firstLine(file)
  const format = formatOf(first)
  if (format === null) {
    return `${file} has no header, so it says nothing of its policy; name a tape of edgeol run, compare or emulate.`
  }
  if (format !== undefined && format !== known) {
    return `${file} is of format ${JSON.stringify(format)}, and this edgeol reads ${known}; replay it with the edgeol that wrote it.`
  }
  const promised = snapshotBytes(file)
  return statSync(file).size < promised
    ? `${file} is shorter than its snapshot says: ${promised} bytes were written; restore it from a copy.`
    : undefined
}

/** With the tapes that are there: what was pulled from a device, or the runs of a comparison. */
const absent = (file: string): string => {
  const folder = dirname(file)
  const there = (Files.isFolder(folder) ? readdirSync(folder).toSorted() : []).flatMap((name) => {
    if (/^tape-\d+\.ndjson$/.test(name)) return [join(folder, name)]
    return existsSync(join(folder, name, "tape.ndjson")) ? [join(folder, name)] : []
  })
  if (there.length === 0)
    return `There is no tape ${file}; name a folder that edgeol run wrote, or the file of its tape.`
  const shown = [...there.slice(0, 3), ...(there.length > 3 ? [`${there.length - 3} more`] : [])]
  return `${folder} is not the folder of one run; name one of ${shown.join(", ")}.`
}

const known = "edgeol-tape@1"

/** Undefined where the line cannot be read, which `Tape` explains; null where a tape is without a header. */
const formatOf = (line: string): unknown => {
  try {
    const value = JSON.parse(line) as Record<string, unknown>
    return value.format ?? (value.observation === undefined ? undefined : null)
  } catch {
    return undefined
  }
}

const firstLine = (file: string): string => {
  const text = readFileSync(file, "utf8")
  return text.slice(0, Math.max(0, text.indexOf("\n")))
}

/** The bytes that the snapshot beside a tape covers; 0 where there is none, or where it cannot be read. */
const snapshotBytes = (file: string): number => {
  try {
    const { tapeBytes } = JSON.parse(readFileSync(join(dirname(file), "snapshot.json"), "utf8")) as {
      tapeBytes: number
    }
    return Number.isInteger(tapeBytes) ? tapeBytes : 0
  } catch {
    return 0
  }
}

/** `isOfDevice`: of one that goes on for ever. */
const notes = (file: string, goesOn: boolean, isOfDevice: boolean): ReadonlyArray<string> => [
  ...(goesOn ? ["It goes on from an earlier part of its run; another policy would begin with it."] : []),
  ...(lastByte(file) === 0x0a ? [] : ["The last line was cut off as it was written, and is left out."]),
  ...(isOfDevice || existsSync(Tape.ended(dirname(file))) ? [] : ["The run has not ended, as far as its folder says."])
]

const lastByte = (file: string): number => {
  const descriptor = openSync(file, "r")
  try {
    const byte = Buffer.alloc(1)
    readSync(descriptor, byte, 0, 1, statSync(file).size - 1)
    return byte[0]!
  } finally {
    closeSync(descriptor)
  }
}
