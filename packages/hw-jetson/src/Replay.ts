/**
 * The energy in a recorded tegrastats log, as `edgeol meter --replay` prints it.
 *
 * When. Stamps have a resolution of a second. A line on which the second changes was written at that second, the lines
 * between two such lines share the time evenly, and the ends go on at the mean interval. Without stamps lines are a
 * nominal interval apart. tegrastats sleeps for its interval and then reads, so that its 100 ms were 109 ms over 661
 * stamped lines of an Orin Nano: assumed intervals get a standard error of 10 ms.
 * A clock that jumped (set after boot, no battery) or a pause counts as one gap, and a jump over an hour as no time.
 *
 * What. Each rail's first number, the reading; never the second, a mean since start.
 */
import * as Board from "./Board.ts"
import { capacity, forget, load, scan } from "./internal/scanTegrastats.ts"
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
  const times = timesOf(log.stamps, options.interval ?? 1)
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

/** Seconds of each line, the usual interval, and how far intervals are assumed. */
interface Times {
  readonly at: ReadonlyArray<number>
  readonly maxGap: number
  readonly clock: number
}

const hour = 3600

/** Times of the lines from their stamps (seconds, NaN for none) or a nominal interval. */
export const timesOf = (stamps: ReadonlyArray<number>, nominal: number): Times => {
  const stamped = 2 * stamps.filter((stamp) => !Number.isNaN(stamp)).length > stamps.length
  const at = stamped ? fromStamps(monotonic(fill(stamps), nominal), nominal) : stamps.map((_, i) => i * nominal)
  const usual = stamped && at.length > 1 ? median(at) : nominal
  return { at, maxGap: 5 * usual, clock: stamped ? 0 : Math.min(0.01, nominal / 2) }
}

/** A line without a stamp (damaged, or its start cut off) takes the one before, the first ones the one after. */
const fill = (stamps: ReadonlyArray<number>): ReadonlyArray<number> => {
  let last = stamps.find((stamp) => !Number.isNaN(stamp)) ?? 0
  return stamps.map((stamp) => (Number.isNaN(stamp) ? last : (last = stamp)))
}

/** Stamps without backward steps and without jumps over an hour: each becomes one nominal interval. */
const monotonic = (stamps: ReadonlyArray<number>, nominal: number): Array<number> => {
  let shift = 0
  return stamps.map((stamp, i) => {
    const before = stamps[i - 1] ?? stamp
    const step = stamp - before
    if (step < 0 || step > hour) shift += Math.max(1, nominal) - step
    return stamp + shift
  })
}

const fromStamps = (stamps: ReadonlyArray<number>, nominal: number): ReadonlyArray<number> => {
  const changes: Array<number> = []
  for (let i = 1; i < stamps.length; i++) if (stamps[i] !== stamps[i - 1]) changes.push(i)
  // Where seconds hold one line each, the first line, too, began its second.
  if (changes[0] === 1 && !(changes.length > 2 && changes.some((c, k) => c - (changes[k - 1] ?? 0) > 1)))
    changes.unshift(0)
  const interval = meanInterval(stamps, changes, nominal)
  const first = changes[0] ?? 0
  const last = changes.at(-1) ?? 0
  // The ends stay within their seconds.
  const head = Math.min(interval, ((stamps[first] ?? 0) - (stamps[0] ?? 0)) / Math.max(1, first))
  const tail = Math.min(interval, 1 / (stamps.length - last))
  const at: Array<number> = []
  for (let i = 0, k = 0; i < stamps.length; i++) {
    while (k < changes.length - 2 && i >= (changes[k + 1] ?? 0)) k++
    const [left, right] = [changes[k] ?? 0, changes[k + 1] ?? 0]
    if (i < first) at.push((stamps[first] ?? 0) - (first - i) * head)
    else if (i >= last) at.push((stamps[last] ?? 0) + (i - last) * tail)
    else at.push((stamps[left] ?? 0) + (((stamps[right] ?? 0) - (stamps[left] ?? 0)) * (i - left)) / (right - left))
  }
  return at
}

/** Seconds per line between the first and the last change of second, or a guess that fits one second. */
const meanInterval = (stamps: ReadonlyArray<number>, changes: ReadonlyArray<number>, nominal: number): number => {
  const first = changes[0] ?? 0
  const last = changes.at(-1) ?? 0
  if (last > first) return ((stamps[last] ?? 0) - (stamps[first] ?? 0)) / (last - first)
  return Math.min(nominal, 1 / Math.max(1, first, stamps.length - first))
}

const median = (at: ReadonlyArray<number>): number => {
  const steps = Float64Array.from({ length: at.length - 1 }, (_, i) => (at[i + 1] ?? 0) - (at[i] ?? 0))
  return steps.toSorted()[Math.floor(steps.length / 2)] ?? 0
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
