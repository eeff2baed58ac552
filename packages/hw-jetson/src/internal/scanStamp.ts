/** When a line was written: tegrastats' own date (JetPack 5 and later), or what a logger put in front. */
import type { Token } from "../Tegrastats.ts"

type Stamp = Extract<Token, { readonly _tag: "Stamp" }>

const digits = (text: string, from: number, count: number): number => {
  let value = 0
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** Seconds since 1970 of a date in the proleptic Gregorian calendar (Hinnant 2013, days_from_civil); NaN if none. */
const seconds = (year: number, month: number, day: number, hour: number, minute: number, second: number) => {
  const valid =
    month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second < 61 && year >= 1
  if (!valid) return Number.NaN
  const y = month > 2 ? year : year - 1
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return (era * 146097 + dayOfEra - 719468) * 86400 + hour * 3600 + minute * 60 + second
}

/** `MM-DD-YYYY hh:mm:ss`. */
const own = (text: string, at: number): Stamp | undefined => {
  if (text.charCodeAt(at + 2) !== 45 || text.charCodeAt(at + 5) !== 45 || text.charCodeAt(at + 13) !== 58) return
  const when = seconds(
    digits(text, at + 6, 4),
    digits(text, at, 2),
    digits(text, at + 3, 2),
    digits(text, at + 11, 2),
    digits(text, at + 14, 2),
    digits(text, at + 17, 2)
  )
  return Number.isNaN(when) ? undefined : { _tag: "Stamp", text: text.slice(at, at + 19), seconds: when }
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const weekday = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?/.source
const month = `(${months.join("|")})`
const clock = /(\d\d):(\d\d):(\d\d(?:[.,]\d+)?)/.source

const iso = new RegExp(
  `\\[?(\\d{4})[-/](\\d\\d)[-/](\\d\\d)[T ]${clock}(?: ?(?:Z|UTC|[+-]\\d\\d:?\\d\\d))?\\]?[:,;|]?`,
  "y"
)
const epoch = /\[?(\d{9,10}(?:\.\d+)?|\d{13})\]?[:,;|]?(?=\s)/y
/** As `date` prints it, with the year before or after the zone, and as a syslog does, with host and process. */
const date = new RegExp(
  `\\[?${weekday} ${month} +(\\d\\d?) ${clock}(?: [AP]M)?(?: [A-Z]{2,5})?(?: (\\d{4}))?\\]?[:,;|]?`,
  "y"
)
const syslog = new RegExp(`${month} +(\\d\\d?) ${clock}(?: [\\w.-]+ [\\w./-]+(?:\\[\\d+\\])?:)?`, "y")
const timeOnly = new RegExp(`\\[?${clock}\\]?[:,;|]?(?=\\s)`, "y")

const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const number = (text: string | undefined) => Number((text ?? "").replace(",", "."))

/** In seconds of a year without one (syslog): only differences matter. */
const named = (found: RegExpExecArray, year: number): number =>
  seconds(
    year,
    months.indexOf(found[1] ?? "") + 1,
    number(found[2]),
    number(found[3]),
    number(found[4]),
    number(found[5])
  )

const loggers: ReadonlyArray<readonly [RegExp, (found: RegExpExecArray) => number]> = [
  [iso, (f) => seconds(number(f[1]), number(f[2]), number(f[3]), number(f[4]), number(f[5]), number(f[6]))],
  [epoch, (f) => (f[1]?.length === 13 ? number(f[1]) / 1000 : number(f[1]))],
  [date, (f) => named(f, f[6] === undefined ? 2000 : number(f[6]))],
  [syslog, (f) => named(f, 2000)],
  [timeOnly, () => Number.NaN]
]

const isLower = (code: number) => code >= 97 && code <= 122

/** The stamp at a position, if there is one; it never reaches past `to`. */
export const scan = (text: string, at: number, to: number): Stamp | undefined => {
  const code = text.charCodeAt(at)
  const digit = code >= 48 && code <= 57
  if (!digit && code !== 91 && !(code >= 65 && code <= 90 && isLower(text.charCodeAt(at + 1)))) return
  const mine = digit ? own(text, at) : undefined
  if (mine !== undefined) return mine
  for (const [pattern, when] of loggers) {
    const found = match(pattern, text, at)
    if (found !== null && at + found[0].length <= to) return { _tag: "Stamp", text: found[0], seconds: when(found) }
  }
  return
}
