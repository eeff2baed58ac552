/** Arrival times from the first column of a text: seconds, or dates with times of day, in order. */
import { Result } from "effect"

/** Times from the first one on, s. A line before them that is neither is a heading. `file` is for messages. */
export const parse = (text: string, file: string): Result.Result<Float64Array, string> => {
  const lines = text.split(/\r?\n/)
  const times: Array<number> = []
  let first: Moment | undefined
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue
    const moment = read(line.split(/[,;\t]/, 1)[0]!.trim())
    if (moment === undefined && times.length === 0 && i === 0) continue
    if (moment === undefined) return refuse(file, i, "is neither a number of seconds nor a date and time")
    first ??= moment
    const time = (moment.day - first.day) * 86_400 + (moment.second - first.second)
    if (time < (times.at(-1) ?? 0)) return refuse(file, i, "is earlier than the line before it; put the lines in order")
    times.push(time)
  }
  return times.length > 0 ? Result.succeed(Float64Array.from(times)) : Result.fail(`${file} has no times in it.`)
}

const refuse = (file: string, i: number, what: string) => Result.fail(`${file}, line ${i + 1}: ${what}.`)

/** Whole days and what is over, apart, so that a tenth of a microsecond is not lost among years of seconds. */
interface Moment {
  readonly day: number
  readonly second: number
}

const form = /^(\d{4})-(\d\d)-(\d\d)[ T]([01]\d|2[0-3]):([0-5]\d):([0-5]\d(?:\.\d+)?)Z?$/

const read = (cell: string): Moment | undefined => {
  const parts = form.exec(cell)
  if (parts === null) return /^[+-]?[\d.]/.test(cell) ? plain(Number(cell)) : undefined
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [number, ...Array<number>]
  if (month! < 1 || month! > 12 || day! < 1 || day! > 31) return undefined
  return { day: dayNumber(year, month!, day!), second: hour! * 3600 + minute! * 60 + second! }
}

const plain = (value: number): Moment | undefined => (Number.isFinite(value) ? { day: 0, second: value } : undefined)

/** Days since the first of March of the year 0: leap days come last in such years (Richards, 2013, chapter 15). */
const dayNumber = (year: number, month: number, day: number): number => {
  const y = month > 2 ? year : year - 1
  const inYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + inYear
}
