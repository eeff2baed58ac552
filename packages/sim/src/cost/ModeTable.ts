/**
 * Tables of measured power modes: CSV with the columns cores, cpu, gpu, mem, observed_time, observed_power, and any
 * others. The unit of each clock is found from its values; times are ms and powers W unless said otherwise.
 */
import { Schema } from "effect"
import type { Mode, Observation } from "./Mode.ts"
import { key } from "./Mode.ts"

/** A table that cannot be used: what is wrong, in which file and line, and what to do. */
export class TableError extends Schema.TaggedError<TableError>()("TableError", { message: Schema.String }) {}

export interface Options {
  /** Seconds and watts of a 1 in the table. */
  readonly timeUnit?: keyof typeof timeUnits
  readonly powerUnit?: keyof typeof powerUnits
  /** Only rows with this text in this column, such as `["bs", "16"]`. */
  readonly where?: readonly [column: string, value: string]
}

export interface ModeTable {
  readonly observations: ReadonlyArray<Observation>
  /** The unit found for each clock. */
  readonly units: Readonly<Record<"cpu" | "gpu" | "mem", string>>
}

export const timeUnits = { s: 1, ms: 1e-3, us: 1e-6 } as const
export const powerUnits = { W: 1, mW: 1e-3, uW: 1e-6 } as const
const clockUnits = { Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9 } as const

const columns = ["cores", "cpu", "gpu", "mem", "observed_time", "observed_power"] as const
type Column = (typeof columns)[number]

/** Clocks of any Jetson and of its successors. Narrower than a factor of 1000, so a unit fits alone. */
const clocks = { low: 1.5e7, high: 1.2e10 } as const
/** Seconds of a minibatch, and watts of a module, that are not a mistake. */
const plausible = {
  observed_time: { low: 2e-4, high: 120, unit: "s" },
  observed_power: { low: 0.3, high: 300, unit: "W" }
} as const

interface Line {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

interface Raw {
  readonly line: number
  readonly values: Readonly<Record<Column, number>>
}

/** Reads a table from its text. `file` is for messages. Throws `TableError`. */
export const read = (file: string, text: string, options: Options = {}): ModeTable => {
  const rows = select(file, text, options).map((line) => numbers(file, line))
  if (rows.length < 2) {
    throw failure(
      file,
      rows[0]?.line ?? 1,
      `it has ${rows.length === 0 ? "no row" : "one row"}; a fit needs several modes.`
    )
  }
  const [cpu, gpu, mem] = [clock(file, rows, "cpu"), clock(file, rows, "gpu"), clock(file, rows, "mem")]
  const time = scaled(file, rows, "observed_time", options.timeUnit ?? "ms", timeUnits, "--time-unit")
  const power = scaled(file, rows, "observed_power", options.powerUnit ?? "W", powerUnits, "--power-unit")
  const observations = rows.map(({ values }, i) => ({
    mode: {
      cores: values.cores,
      cpu: values.cpu * clockUnits[cpu],
      gpu: values.gpu * clockUnits[gpu],
      mem: values.mem * clockUnits[mem]
    },
    time: time[i]!,
    power: power[i]!
  }))
  distinct(
    file,
    rows,
    observations.map(({ mode }) => mode)
  )
  return { observations, units: { cpu, gpu, mem } }
}

const failure = (file: string, line: number, what: string) => new TableError({ message: `${file}:${line}: ${what}` })

interface Selected extends Line {
  readonly places: Readonly<Record<Column, number>>
}

const select = (file: string, text: string, { where }: Options): ReadonlyArray<Selected> => {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((content, i) => ({
      line: i + 1,
      cells: content.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"))
    }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""))
  const [header, ...rows] = lines
  if (header === undefined) throw failure(file, 1, "the file is empty; give a table of measured modes.")
  const places = header.cells
  const missing = columns.filter((column) => !places.includes(column))
  if (missing.length > 0) {
    throw failure(
      file,
      header.line,
      `the column ${missing.join(", ")} is missing; its columns must include ${columns.join(",")}.`
    )
  }
  const twice = columns.find((column) => places.indexOf(column) !== places.lastIndexOf(column))
  if (twice !== undefined) throw failure(file, header.line, `the column ${twice} occurs twice; remove one.`)
  const ragged = rows.find(({ cells }) => cells.length !== places.length)
  if (ragged !== undefined) {
    throw failure(
      file,
      ragged.line,
      `it has ${ragged.cells.length} cells where the header has ${places.length}; correct the row.`
    )
  }
  const found = Object.fromEntries(columns.map((column) => [column, places.indexOf(column)])) as Record<Column, number>
  return filtered(file, header, rows, where).map((row) => ({ ...row, places: found }))
}

const filtered = (file: string, header: Line, rows: ReadonlyArray<Line>, where: Options["where"]) => {
  if (where === undefined) return rows
  const [column, value] = where
  const place = header.cells.indexOf(column)
  if (place < 0) throw failure(file, header.line, `there is no column ${column}; there are ${header.cells.join(", ")}.`)
  const kept = rows.filter(({ cells }) => cells[place] === value || Number(cells[place]) === Number(value))
  if (kept.length > 0) return kept
  const values = [...new Set(rows.map(({ cells }) => cells[place]))].slice(0, 8).join(", ")
  throw failure(file, header.line, `no row has ${column} ${value}; it has ${values}.`)
}

const numbers = (file: string, { line, cells, places }: Selected): Raw => {
  const values = Object.fromEntries(
    columns.map((column) => {
      const cell = cells[places[column]]!
      const value = cell === "" ? NaN : Number(cell)
      if (!Number.isFinite(value))
        throw failure(file, line, `${column} is "${cell}", not a number; correct or remove the row.`)
      if (value <= 0)
        throw failure(file, line, `${column} is ${cell}, but must be positive; correct or remove the row.`)
      return [column, value]
    })
  ) as Record<Column, number>
  if (!Number.isInteger(values.cores) || values.cores > 1024) {
    throw failure(file, line, `cores is ${values.cores}, not a number of CPU cores; correct or remove the row.`)
  }
  return { line, values }
}

/** The unit in which most values of a clock are those of a board; a row that does not fit is a mistake. */
const clock = (file: string, rows: ReadonlyArray<Raw>, column: "cpu" | "gpu" | "mem"): keyof typeof clockUnits => {
  const fits = (value: number, scale: number) => value * scale >= clocks.low && value * scale <= clocks.high
  const units = Object.keys(clockUnits) as ReadonlyArray<keyof typeof clockUnits>
  const counts = units.map((unit) => rows.filter(({ values }) => fits(values[column], clockUnits[unit])).length)
  const most = Math.max(...counts)
  const unit = units[counts.indexOf(most)]!
  if (most === 0) {
    const { line, values } = rows[0]!
    throw failure(file, line, `${column} is ${values[column]}, no clock in Hz, kHz, MHz or GHz; correct the column.`)
  }
  const odd = rows.find(({ values }) => !fits(values[column], clockUnits[unit]))
  if (odd === undefined) return unit
  const value = odd.values[column]
  const meant = units.find((other) => fits(value, clockUnits[other]))
  throw failure(
    file,
    odd.line,
    meant === undefined
      ? `${column} is ${value}, no clock in ${unit} as the other rows are; correct or remove the row.`
      : `${column} is ${value}, in ${meant} where the other rows are in ${unit}: a unit mistaken by ` +
          `${factor(clockUnits[meant] / clockUnits[unit])}; correct the row.`
  )
}

const factor = (ratio: number) => `10^${Math.abs(Math.round(Math.log10(ratio)))}`

/** Values in SI; refuses a column, or a row, that is off by 10^3 or 10^6. */
const scaled = (
  file: string,
  rows: ReadonlyArray<Raw>,
  column: "observed_time" | "observed_power",
  unit: string,
  units: Readonly<Record<string, number>>,
  flag: string
): ReadonlyArray<number> => {
  const { low, high, unit: base } = plausible[column]
  const values = rows.map((row) => row.values[column] * units[unit]!)
  const middle = values.toSorted((a, b) => a - b)[values.length >> 1]!
  if (middle < low || middle > high) {
    const better = Object.keys(units).find((other) => fitsAs(middle, units[other]! / units[unit]!, low, high))
    const by =
      better === undefined
        ? ""
        : `: a unit mistaken by ${factor(units[better]! / units[unit]!)}, as they look like ${better}`
    const remedy = better === undefined ? "correct the column" : `say ${flag} ${better}`
    throw failure(
      file,
      rows[0]!.line,
      `${column} is about ${middle.toPrecision(3)} ${base} if it is in ${unit}${by}; ${remedy}.`
    )
  }
  oddRow(file, rows, column, values)
  return values
}

const fitsAs = (value: number, ratio: number, low: number, high: number) =>
  ratio !== 1 && value * ratio >= low && value * ratio <= high

/**
 * A value 30 or more times from its neighbours in size, that 10^3 or 10^6 brings among the others, is a unit mistake.
 * Real tables reach over 40 times from end to end, but in steps.
 */
const oddRow = (file: string, rows: ReadonlyArray<Raw>, column: Column, values: ReadonlyArray<number>) => {
  const order = values.map((_, i) => i).toSorted((a, b) => values[a]! - values[b]!)
  const cut = order.findIndex((i, k) => k > 0 && values[i]! / values[order[k - 1]!]! > 30)
  if (cut < 0) return
  const few = cut > order.length / 2 ? order.slice(cut) : order.slice(0, cut)
  const first = few.toSorted((a, b) => a - b)[0]!
  const middle = values[order[order.length >> 1]!]!
  const times = Math.abs(Math.log10(values[first]! / middle)) > 4.5 ? "10^6" : "10^3"
  throw failure(
    file,
    rows[first]!.line,
    `${column} is ${rows[first]!.values[column]}, about ${times} times ${values[first]! > middle ? "above" : "below"} the other rows: ` +
      `a unit mistaken by ${times}; correct or remove the row.`
  )
}

const distinct = (file: string, rows: ReadonlyArray<Raw>, modes: ReadonlyArray<Mode>) => {
  const seen = new Map<string, number>()
  modes.forEach((mode, i) => {
    const line = seen.get(key(mode))
    if (line !== undefined) {
      throw failure(
        file,
        rows[i]!.line,
        `the mode ${key(mode)} is already in line ${line}; remove one, or choose rows with --where column=value.`
      )
    }
    seen.set(key(mode), rows[i]!.line)
  })
}
