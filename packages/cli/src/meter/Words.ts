/** Power and energy as people read them in a terminal. */
import * as Text from "../report/Text.ts"
import type { Now, Spent } from "./Gauge.ts"

const bars = "▁▂▃▄▅▆▇█"

/** Bars from zero to the greatest value; a value that is missing is a blank. */
export const sparkline = (values: ReadonlyArray<number>): string => {
  const most = Math.max(0, ...values.filter(Number.isFinite))
  return values
    .map((value) => {
      if (!Number.isFinite(value)) return " "
      return bars[most <= 0 ? 0 : Math.max(0, Math.min(bars.length - 1, Math.round((value / most) * 7)))]
    })
    .join("")
}

/** `71.3 J ± 3.6 J`. */
export const energy = (joules: number, error: number | null): string =>
  Text.joules(joules) + (error === null ? "" : ` ± ${Text.joules(error)}`)

/** A line for each rail and one for the whole, of what a stretch of work took. */
export const summary = (what: string, spent: Spent): string => {
  const mean = spent.seconds > 0 ? `, mean ${Text.watts(spent.joules / spent.seconds)}` : ""
  const whole = `${what}: ${energy(spent.joules, spent.error)} in ${Text.seconds(spent.seconds)}${mean} (${spent.source})`
  const rows = Object.entries(spent.rails).map(([name, { joules, meanWatts }]) => [name, joules, meanWatts] as const)
  return [whole, ...rails(rows)].join("\n")
}

/** Names to the left, joules and watts to the right. */
export const rails = (rows: ReadonlyArray<readonly [name: string, joules: number, watts: number]>) => {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(
    ([name, joules, watts]) =>
      `  ${name.padEnd(width)}  ${Text.joules(joules).padStart(8)}  ${Text.watts(watts).padStart(8)}`
  )
}

/** One moment as one line. */
export const plain = (now: Now, spent: Spent, history: ReadonlyArray<number>): string =>
  [
    `${Math.round(spent.seconds)} s`.padStart(6),
    Text.watts(now.watts).padStart(8),
    sparkline(history),
    energy(spent.joules, spent.error),
    ...Object.entries(now.rails).map(([name, watts]) => `${name} ${Text.watts(watts)}`)
  ].join("  ")

/** One moment as a line for each rail, with what was before. */
export const block = (now: Now, spent: Spent, history: ReadonlyArray<Now>): ReadonlyArray<string> => {
  const names = Object.keys(now.rails)
  const width = Math.max("total".length, ...names.map((name) => name.length))
  const line = (name: string, watts: number, before: ReadonlyArray<number>) =>
    `${name.padEnd(width)}  ${Text.watts(watts).padStart(8)}  ${sparkline(before)}`
  return [
    ...names.map((name) =>
      line(
        name,
        now.rails[name] ?? Number.NaN,
        history.map((one) => one.rails[name] ?? Number.NaN)
      )
    ),
    line(
      "total",
      now.watts,
      history.map((one) => one.watts)
    ),
    `${Math.round(spent.seconds)} s, ${energy(spent.joules, spent.error)}, ${spent.source}; Ctrl-C ends`
  ]
}
