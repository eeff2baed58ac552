/** Numbers as people read them: three significant digits, units, signs, intervals. */
import type { Interval } from "../Comparison.ts"

const minus = "\u2212"
const absent = "\u2013"

/** Thousands grouped by narrow spaces, a true minus sign. */
const typeset = (digits: string) => {
  const [whole = "", fraction] = digits.replace("-", minus).split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f")
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** Three significant digits: `0.0712`, `71.2`, `12 300`. */
export const number = (value: number): string => {
  if (!Number.isFinite(value)) return absent
  const rounded = Number(value.toPrecision(3))
  if (rounded === 0) return "0"
  const decimals = 2 - Math.floor(Math.log10(Math.abs(rounded)))
  return decimals > 6 ? rounded.toExponential().replaceAll("-", minus) : typeset(rounded.toFixed(Math.max(0, decimals)))
}

/** A count or a mean of counts: whole, or with one decimal. */
export const count = (value: number): string =>
  Number.isFinite(value) ? typeset(Number.isInteger(value) ? String(value) : value.toFixed(1)) : absent

/** `41.2 s`, `3.40 ms`. */
export const seconds = (value: number): string => scaled(value, "s")

/** `210 J`, `1.23 kJ`. */
export const joules = (value: number): string => scaled(value, "J")

/** `7.35 W`. */
export const watts = (value: number): string => scaled(value, "W")

const scaled = (value: number, unit: string): string => {
  if (!Number.isFinite(value)) return absent
  const size = Math.abs(value)
  if (unit === "J" && size >= 9999.5) return `${number(value / 1000)} k${unit}`
  if (size > 0 && size < 0.9995e-3) return `${number(value * 1e6)} µ${unit}`
  return size > 0 && size < 0.9995 ? `${number(value * 1e3)} m${unit}` : `${number(value)} ${unit}`
}

/** A share as a percentage with one decimal: `71.3 %`. */
export const percent = (share: number): string => (Number.isFinite(share) ? `${decimal(100 * share)} %` : absent)

/** One decimal, and no negative zero. */
const decimal = (value: number) => typeset((Math.round(value * 10) / 10 || 0).toFixed(1))

/** The same with its sign. */
const signed = (value: number) => (value >= 0.05 ? "+" : "") + decimal(value)

/** A change in hundredths with its interval, `−71.0 [−75.2, −66.9]`; without spread to judge by, `−71.0` alone. */
export const change = ({ mean, low, high }: Interval): string => {
  if (!Number.isFinite(mean)) return absent
  return signed(100 * mean) + (low === null || high === null ? "" : ` [${signed(100 * low)}, ${signed(100 * high)}]`)
}

/** A difference of shares: `+0.8 points`. */
export const points = ({ mean }: Interval): string => (Number.isFinite(mean) ? `${signed(100 * mean)} points` : absent)

/** The bounds of a difference of shares: `−0.2 to +1.8`. */
export const between = (low: number, high: number): string => `${signed(100 * low)} to ${signed(100 * high)}`

/** `71.0 % less fine-tuning time`. */
export const moreOrLess = ({ mean }: Interval, what: string): string => {
  if (!Number.isFinite(mean)) return `no change of ${what} to speak of`
  return Math.abs(mean) < 0.0005
    ? `the same ${what}`
    : `${percent(Math.abs(mean))} ${mean < 0 ? "less" : "more"} ${what}`
}

/** `1 seed`, `3 seeds`. */
export const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : "s"}`

/** Mean; `NaN` of nothing. */
export const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
