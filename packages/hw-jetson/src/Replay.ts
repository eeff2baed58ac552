/**
 * The energy in a recorded tegrastats log, as `edgeol meter --replay` prints it.
 *
 * Of each rail the first number counts, the reading; never the second, a mean since start. n lines are n - 1 intervals.
 */
import * as Board from "./Board.ts"
import { capacity, forget, load, scan } from "./internal/scanTegrastats.ts"
import type { Times } from "./LineTimes.ts"
import * as LineTimes from "./LineTimes.ts"
import * as PowerIntegral from "./PowerIntegral.ts"
import * as Tegrastats from "./Tegrastats.ts"

export interface Options {
  /** Seconds between lines without stamps. */
  readonly interval?: number
  /** Accuracy of the sensors, share of the energy. */
  readonly accuracy?: number
}

/** A line that looks like tegrastats and is not. */
export interface Problem {
  readonly line: number
  readonly column: number
  readonly message: string
}

export interface Replay {
  /** Lines of tegrastats, the unreadable ones included. */
  readonly lines: number
  /** Lines that are damaged, and skipped. */
  readonly unparsed: number
  readonly seconds: number
  /** Energy of the module and the half-width of its 95 % interval; null where its rails were not recorded. */
  readonly joules: number | null
  readonly error: number | null
  readonly rails: { readonly [name: string]: { readonly joules: number; readonly meanWatts: number } }
  /** The rails that add up to `joules`. */
  readonly total: ReadonlyArray<string>
  /** Lines of something else: blank, a date, a command, what stands before the first and after the last line. */
  readonly others: number
  readonly gaps: number
  /** The first hundred damaged lines. */
  readonly problems: ReadonlyArray<Problem>
}

interface Series {
  readonly rows: Array<number>
  readonly watts: Array<number>
}

interface Log {
  /** One for each line of tegrastats, damaged ones too, for they took their time: seconds, NaN where unknown. */
  readonly stamps: Array<number>
  readonly rails: Map<string, Series>
  readonly problems: Array<Problem>
  unparsed: number
  others: number
  /** Lines of unknown text since the last line of tegrastats. */
  unknown: Array<Problem>
}

/** Reads a whole log. Never throws, whatever the text. */
export const replay = (text: string, options: Options = {}): Replay => {
  const log = read(text)
  const times = LineTimes.of(log.stamps, options.interval ?? 1)
  const labels = new Set(log.rails.keys())
  const total = Board.totalOf(labels) ?? []
  const common = { accuracy: options.accuracy ?? PowerIntegral.sensorAccuracy, ...times }
  const rails: Record<string, { joules: number; meanWatts: number }> = {}
  for (const [name, series] of log.rails) {
    const { joules, watts } = integrate(series, common, 0)
    rails[name] = { joules, meanWatts: watts }
  }
  const sum = total.length === 0 ? undefined : integrate(sumOf(log, total), common, stepOf(total, labels))
  return {
    lines: log.stamps.length,
    unparsed: log.unparsed,
    seconds: sum?.seconds ?? span(times.at),
    joules: sum?.joules ?? null,
    error: sum?.error ?? null,
    rails,
    total,
    others: log.others,
    gaps: sum?.gaps ?? 0,
    problems: log.problems.toSorted((a, b) => a.line - b.line)
  }
}

const span = (at: ReadonlyArray<number>): number => (at.length === 0 ? 0 : (at.at(-1) ?? 0) - (at[0] ?? 0))

const read = (source: string): Log => {
  const text = tidy(source)
  const log: Log = { stamps: [], rails: new Map(), problems: [], unparsed: 0, others: 0, unknown: [] }
  let line = 1
  for (let from = 0; from < text.length;) {
    const end = from + capacity < text.length ? text.lastIndexOf("\n", from + capacity - 1) + 1 : text.length
    const to = end > from ? end : text.indexOf("\n", from) + 1
    line = readLines(log, text.slice(from, to), line)
    from = to
  }
  forget()
  log.others += log.unknown.length
  return log
}

const readLines = (log: Log, text: string, firstLine: number): number => {
  load(text)
  let line = firstLine
  for (let from = 0; from < text.length; line++) {
    const to = text.indexOf("\n", from)
    const parsed = scan(from, to)
    if (parsed._tag === "Line" && Tegrastats.isCharacteristic(parsed)) {
      settle(log)
      keep(log, parsed)
    } else classify(log, text.slice(from, to), parsed, line)
    from = to + 1
  }
  return line
}

/** Unknown text before the first line belongs to whoever recorded the log; between two lines it is damage. */
const settle = (log: Log): void => {
  if (log.unknown.length === 0) return
  if (log.stamps.length > log.unparsed) for (const problem of log.unknown) report(log, problem)
  else log.others += log.unknown.length
  log.unknown = []
}

/** Line ends of any system; a byte order mark, and the zeros a power cut leaves, are dropped. */
const tidy = (source: string): string => {
  // eslint-disable-next-line no-control-regex
  const text = /[\r\0\uFEFF]/.test(source) ? source.replace(/\r\n?/g, "\n").replace(/[\0\uFEFF]/g, "") : source
  return text.endsWith("\n") ? text : text + "\n"
}

const report = (log: Log, problem: Problem): void => {
  log.unparsed++
  log.stamps.push(Number.NaN)
  if (log.problems.length < 100) log.problems.push(problem)
}

/** What people and shells write between the lines: dates, comments, prompts, headings, messages of the tools around. */
const note =
  /^\s*(?:$|#|\/\/|[-=*_~]{3,}|\[?\d[\d:.,TZ+/ -]*\]?\s*$|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.*\d\d:\d\d|(?:nohup|tegrastats|sudo|bash|sh|NVPM|NV|Terminated|Killed)\b|\[sudo\]|\^C|[\w.-]*[$#>]\s|[\w.-]+@[\w.-]+:)/

const classify = (log: Log, text: string, parsed: Tegrastats.Line | Tegrastats.Malformed, line: number): void => {
  const column = parsed._tag === "Malformed" ? parsed.column : 1
  const message = parsed._tag === "Malformed" ? parsed.message : "expected a line of tegrastats, found other text"
  const resembles = Tegrastats.resembles(text)
  if (resembles && parsed._tag === "Malformed") report(log, { line, column, message })
  else if (note.test(text)) log.others++
  else log.unknown.push({ line, column, message })
}

const keep = (log: Log, line: Tegrastats.Line): void => {
  const row = log.stamps.length
  const first = line.tokens[0]
  log.stamps.push(first?._tag === "Stamp" ? first.seconds : Number.NaN)
  for (const token of line.tokens) {
    const plain = token._tag === "Odd" ? token.token : token
    if (plain._tag === "Rail" && plain.name !== "NC") push(log.rails, plain.name, row, plain.milliwatts / 1000)
  }
}

const push = (rails: Map<string, Series>, name: string, row: number, watts: number): void => {
  const series = rails.get(name) ?? { rows: [], watts: [] }
  if (series.rows.length === 0) rails.set(name, series)
  // A rail printed twice on a line keeps its first reading.
  if (series.rows.at(-1) === row) return
  series.rows.push(row)
  series.watts.push(watts)
}

const integrate = (series: Series, times: Times & { readonly accuracy: number }, step: number): PowerIntegral.Energy =>
  PowerIntegral.integrate(
    series.rows.map((row) => times.at[row] ?? Number.NaN),
    series.watts,
    { step, maxGap: times.maxGap, clock: times.clock, accuracy: times.accuracy }
  )

/** The sum of some rails on the lines that have them all. */
const sumOf = (log: Log, total: ReadonlyArray<string>): Series => {
  const [first, ...others] = total.map((name) => log.rails.get(name) ?? { rows: [], watts: [] })
  if (first === undefined || others.length === 0) return first ?? { rows: [], watts: [] }
  const maps = others.map((series) => new Map(series.rows.map((row, i) => [row, series.watts[i] ?? 0])))
  const rows = first.rows.filter((row) => maps.every((map) => map.has(row)))
  const own = new Map(first.rows.map((row, i) => [row, first.watts[i] ?? 0]))
  return { rows, watts: rows.map((row) => maps.reduce((sum, map) => sum + (map.get(row) ?? 0), own.get(row) ?? 0)) }
}

const stepOf = (total: ReadonlyArray<string>, labels: ReadonlySet<string>): number =>
  Math.hypot(...total.map((rail) => Board.stepOf(rail, labels) ?? 0))
