/**
 * Timed steps on disk: one line a visit, written through to the disk before the next begins. Killed at any byte, the
 * file loses the line that was being written and no other.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { Effect, Schema } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Sealed from "../Sealed.ts"

const Positive = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** What makes timings comparable: with another one they do not belong in the same file. */
export const Header = Schema.Struct({
  format: Schema.Literal("edgeol-timings@1"),
  model: Schema.String,
  /** Processor, operating system; a board's name. */
  machine: Schema.String,
  versions: Schema.Record(Schema.String, Schema.String)
})
export type Header = typeof Header.Type

/** Of a visit on a board. Warm-up and cool-down are recorded, and left out of what is fitted. */
const OnBoard = Schema.Struct({
  mode: Schema.String,
  phase: Schema.Literals(["warm-up", "timed", "cool-down"]),
  /** Energy of the whole visit, idle included, with the half-width of its 95 % interval. */
  seconds: Positive,
  joules: Schema.Finite,
  error: Positive,
  /** The hottest zone. */
  celsius: Schema.NullOr(Schema.Finite),
  /** Cores on line and the highest clocks that this mode allows, Hz; null where the board does not show it. */
  clocks: Schema.Struct({
    cores: Positive,
    cpu: Schema.NullOr(Positive),
    gpu: Schema.NullOr(Positive),
    mem: Schema.NullOr(Positive)
  })
})

/** Steps in a row with the same batch, depth and threads; the first, a warm-up, is left out by whoever reads. */
export const Visit = Schema.Struct({
  threads: Schema.Int.check(Schema.isGreaterThan(0)),
  batch: Schema.Int.check(Schema.isGreaterThan(0)),
  depth: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  /** Seconds of forward pass, backward pass and optimiser, and how long of that the one thread had a core; 0 if unknown. */
  steps: Schema.Array(Schema.Tuple([Positive, Positive, Positive, Positive])),
  board: Schema.optional(OnBoard)
})
export type Visit = typeof Visit.Type

export interface Timings {
  readonly header: Header
  readonly visits: ReadonlyArray<Visit>
}

const decodeHeader = Schema.decodeUnknownSync(Header)
const decodeVisit = Schema.decodeUnknownSync(Visit)

/** Reads what is whole. A last line without its end was being written. Throws `CliError`. */
export const parse = (file: string, text: string): Timings | undefined => {
  const lines = text.split("\n").slice(0, -1)
  const at = <A>(number: number, decode: (value: unknown) => A): A => {
    try {
      return decode(Sealed.open(lines[number]!))
    } catch {
      throw new CliError({
        message: `${file}:${number + 1}: this line is damaged; remove it, or name another folder with --out.`
      })
    }
  }
  if (lines.length === 0) return undefined
  return { header: at(0, decodeHeader), visits: lines.slice(1).map((_, i) => at(i + 1, decodeVisit)) }
}

export interface Log {
  readonly visits: ReadonlyArray<Visit>
  readonly add: (visit: Visit) => void
  readonly close: () => void
}

/** Opens a file to go on with, or begins it. Throws `CliError`, or what the system refuses. */
export const open = (file: string, header: Header): Log => {
  const text = existsSync(file) ? readFileSync(file, "utf8") : ""
  const before = parse(file, text)
  if (before !== undefined) agree(file, before.header, header)
  Files.folder(dirname(file))
  if (before !== undefined) truncateSync(file, Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1)))
  const descriptor = openSync(file, before === undefined ? "w" : "a")
  const write = (value: Header | Visit) => {
    writeSync(descriptor, `${Sealed.seal(JSON.stringify(value))}\n`)
    fsyncSync(descriptor)
  }
  if (before === undefined) write(header)
  return { visits: before?.visits ?? [], add: write, close: () => closeSync(descriptor) }
}

const agree = (file: string, before: Header, now: Header) => {
  if (JSON.stringify(before) === JSON.stringify(now)) return
  const differing = (["model", "machine", "versions"] as const).find(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(now[field])
  )
  throw new CliError({
    message: `${file} was measured with another ${differing ?? "format"} (${JSON.stringify(before[differing ?? "format"])}); name another folder with --out.`
  })
}

/** What the file or the system refuses becomes a sentence. */
export const attempt = <A>(file: string, action: () => A): Effect.Effect<A, CliError> =>
  Effect.try({
    try: action,
    catch: (error) =>
      error instanceof CliError
        ? error
        : new CliError({ message: `Cannot write ${file}: ${Files.reason(error)}; name another folder with --out.` })
  })

export interface Cell {
  readonly threads: number
  readonly batch: number
  readonly depth: number
}

export const isOf = (cell: Cell, { threads, batch, depth }: Cell): boolean =>
  threads === cell.threads && batch === cell.batch && depth === cell.depth

/** Seconds of a step as it is when nothing else runs. */
export interface Timed extends Cell {
  readonly forward: number
  readonly backward: number
  readonly optimiser: number
  /** Steps that were timed. */
  readonly steps: number
}

/**
 * Of each cell the mean of the fastest eighth of its steps, three at least: others on the machine only ever make a step
 * slower, and for minutes at a time. Beside a busy second hardware thread a step took 26 ms that takes 17 alone.
 */
export const summarise = (visits: ReadonlyArray<Visit>): ReadonlyArray<Timed> =>
  [...Map.groupBy(visits, ({ threads, batch, depth }) => `${threads} ${batch} ${depth}`).values()].map((same) => {
    const { threads, batch, depth } = same[0]!
    const steps = same.flatMap((visit) => visit.steps.slice(1)).map(undisturbed)
    const sorted = steps.toSorted((a, b) => total(a) - total(b))
    const fastest = sorted.slice(0, Math.max(3, Math.floor(sorted.length / 8)))
    const mean = (pass: 0 | 1 | 2) => fastest.reduce((sum, step) => sum + step[pass], 0) / fastest.length
    return { threads, batch, depth, forward: mean(0), backward: mean(1), optimiser: mean(2), steps: steps.length }
  })

type Passes = readonly [forward: number, backward: number, optimiser: number]

const total = ([forward, backward, optimiser]: Passes) => forward + backward + optimiser

/**
 * Without the time in which others had the core. Where passes are short and the load is high, the passes share that by
 * their length, which evens out over steps; their sum is right. The thread's time covers a little more than the passes.
 */
const undisturbed = ([forward, backward, optimiser, busy]: Visit["steps"][number]): Passes => {
  const whole = forward + backward + optimiser
  const share = busy > 0 && busy < whole ? busy / whole : 1
  return [forward * share, backward * share, optimiser * share]
}
