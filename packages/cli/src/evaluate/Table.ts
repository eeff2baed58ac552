/** What recorded runs come to, for a terminal. */
import * as Text from "../report/Text.ts"
import type { Entry, Summary } from "./Results.ts"

const titles = ["policy", "seeds", "rounds", "time", "time, warm", "energy", "points", "points, seen", "accuracy"]

export const table = (summary: Summary): string =>
  Object.entries(summary)
    .map(([stream, policies]) => `${stream}, against immediate:\n${aligned(rowsOf(policies))}`)
    .join("\n\n")

const rowsOf = (policies: Summary[string]) => [
  titles,
  ...Object.entries(policies).map(([name, entry]) => row(name, entry))
]

const row = (name: string, { runs, rounds, accuracy, deltaAgainstImmediate: delta }: Entry): ReadonlyArray<string> => [
  name,
  String(runs),
  Text.count(Math.round(rounds * 10) / 10),
  ...(delta === null || name === "immediate"
    ? ["", "", "", "", ""]
    : [delta.seconds, delta.warmSeconds, delta.joules, delta.accuracy, delta.seen].map(Text.change)),
  Text.percent(accuracy)
]

const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = titles.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)))
  return rows
    .map((cells) => cells.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join("  "))
    .map((line) => line.trimEnd())
    .join("\n")
}
