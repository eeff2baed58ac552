/** What recorded runs come to, for a terminal. */
import * as Text from "../report/Text.ts"
import * as Summary from "./Summary.ts"

const titles = ["policy", "seeds", "rounds", "time", "time, warm", "energy", "points", "points, seen", "accuracy"]

type Means = ReturnType<typeof Summary.means>

export const table = (summary: Summary.Summary, means: Means): string =>
  [
    ...Object.entries(summary).map(
      ([stream, policies]) => `${stream}, against immediate:\n${aligned(rowsOf(policies))}`
    ),
    `mean over ${Text.plural(Object.keys(summary).length, "stream")}, intervals over seeds:\n${aligned(meanRows(means))}`
  ].join("\n\n")

const rowsOf = (policies: Summary.Summary[string]) => [
  titles,
  ...Object.entries(policies).map(([name, entry]) => row(name, entry))
]

const row = (name: string, entry: Summary.Entry): ReadonlyArray<string> => [
  name,
  String(entry.runs),
  Text.count(Math.round(entry.rounds * 10) / 10),
  ...changes(name, entry.deltaAgainstImmediate),
  Text.percent(entry.accuracy)
]

const changes = (name: string, delta: Summary.Delta | null) =>
  delta === null || name === Summary.reference
    ? ["", "", "", "", ""]
    : [delta.seconds, delta.warmSeconds, delta.joules, delta.accuracy, delta.seen].map(Text.change)

/** Rounds and accuracies of different streams have no mean worth telling. */
const meanRows = (means: Means) => [
  titles.toSpliced(2, 1).toSpliced(-1, 1),
  ...means
    .filter(([name]) => name !== Summary.reference)
    .map(([name, { seeds, delta }]) => [name, String(seeds), ...changes(name, delta)])
]

const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)))
  return rows
    .map((cells) => cells.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join("  "))
    .map((line) => line.trimEnd())
    .join("\n")
}
