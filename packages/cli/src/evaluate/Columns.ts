/** Columns of a page's tables. */
import type { Interval } from "../Comparison.ts"
import * as Text from "../report/Text.ts"
import * as Summary from "./Summary.ts"

/** A policy's name may break after each of its parts. */
export const policy = {
  title: ["", "policy"] as const,
  cell: ([name]: readonly [name: string, ...rest: ReadonlyArray<unknown>]) => name.replaceAll("+", "+\u200b")
}

const change = <Row>(
  title: readonly [string, string],
  quantity: Summary.Quantity,
  of: (row: Row) => Summary.Delta | null
) => ({
  title,
  cell: (row: Row) => {
    const delta = of(row)
    return delta === null ? Text.percent(NaN) : brief(delta[quantity])
  }
})

/** Without an interval that nobody would see. */
const brief = ({ mean, low, high }: Interval): string => {
  const isSeen = low !== null && high !== null && high - low >= 0.001
  return Text.change(isSeen ? { mean, low, high } : { mean, low: null, high: null })
}

/** A column for each quantity; a dash where there is nothing to compare with. */
export const changes = <Row>(of: (row: Row) => Summary.Delta | null) => [
  change(["time,", "%"], "seconds", of),
  change(["time, warm,", "%"], "warmSeconds", of),
  change(["energy, modelled,", "%"], "joules", of),
  change(["accuracy,", "points"], "accuracy", of),
  change(["all scenarios met,", "points"], "seen", of)
]

type EntryRow = readonly [name: string, entry: Summary.Entry]

/** Means over seeds, and changes against immediate. */
export const entry = [
  policy,
  { title: ["", "seeds"] as const, cell: ([, { runs }]: EntryRow) => String(runs) },
  { title: ["", "rounds"] as const, cell: ([, { rounds }]: EntryRow) => Text.count(Math.round(10 * rounds) / 10) },
  { title: ["fine-tuning", "time"] as const, cell: ([, entry]: EntryRow) => Text.seconds(entry.seconds) },
  { title: ["energy,", "modelled"] as const, cell: ([, { joules }]: EntryRow) => Text.joules(joules) },
  { title: ["", "accuracy"] as const, cell: ([, { accuracy }]: EntryRow) => Text.percent(accuracy) },
  { title: ["on all", "scenarios met"] as const, cell: ([, entry]: EntryRow) => Text.percent(entry.seen ?? NaN) },
  ...changes<EntryRow>(([name, entry]) => (name === Summary.reference ? null : entry.deltaAgainstImmediate))
]
