/** A comparison as a table: its cells, for a page, and its lines, for a terminal. */
import type { Comparison, Run } from "../Comparison.ts"
import type { Meter } from "./Headline.ts"
import * as Text from "./Text.ts"

interface Column<Row> {
  /** Its heading, one or two lines. */
  readonly title: readonly [string, string]
  readonly cell: (row: Row) => string
}

type Policy = readonly [name: string, of: Comparison["policies"][string]]

const mean = (runs: ReadonlyArray<Run>, of: (run: Run) => number) => Text.mean(runs.map(of))

const own = <Row>(runs: (row: Row) => ReadonlyArray<Run>, meter: Meter): ReadonlyArray<Column<Row>> => [
  { title: ["", "rounds"], cell: (row) => Text.count(mean(runs(row), (run) => run.rounds)) },
  { title: ["", "steps"], cell: (row) => Text.count(mean(runs(row), (run) => run.iterations)) },
  { title: ["fine-tuning", "time"], cell: (row) => Text.seconds(mean(runs(row), (run) => run.fineTuningSeconds)) },
  { title: ["energy,", meter], cell: (row) => Text.joules(mean(runs(row), (run) => run.joules)) },
  { title: ["", "accuracy"], cell: (row) => Text.percent(mean(runs(row), (run) => run.accuracy)) },
  { title: ["latency", "p50"], cell: (row) => Text.seconds(mean(runs(row), (run) => run.latencySeconds.p50)) },
  { title: ["latency", "p99"], cell: (row) => Text.seconds(mean(runs(row), (run) => run.latencySeconds.p99)) }
]

/** Means over seeds, a row for each policy. */
export const means = (meter: Meter): ReadonlyArray<Column<Policy>> => [
  { title: ["", "policy"], cell: ([name]) => name },
  ...own<Policy>(([, { runs }]) => runs, meter)
]

/** Changes against the reference, a row for each other policy. */
export const changes = (meter: Meter): ReadonlyArray<Column<Policy>> => [
  { title: ["", "policy"], cell: ([name]) => name },
  { title: ["fine-tuning", "time, %"], cell: ([, { change }]) => Text.change(change!.fineTuningSeconds) },
  { title: [`energy, ${meter},`, "%"], cell: ([, { change }]) => Text.change(change!.joules) },
  { title: ["accuracy,", "points"], cell: ([, { change }]) => Text.change(change!.accuracy) }
]

/** A row for each run. */
export const runs = (meter: Meter): ReadonlyArray<Column<readonly [name: string, run: Run]>> => [
  { title: ["", "policy"], cell: ([name]) => name },
  { title: ["", "seed"], cell: ([, run]) => String(run.seed) },
  ...own<readonly [string, Run]>(([, run]) => [run], meter),
  { title: ["", "requests"], cell: ([, run]) => Text.count(run.requests) }
]

/** Policies that `changes` has rows for. */
export const changed = ({ reference, policies }: Comparison): ReadonlyArray<Policy> =>
  Object.entries(policies).filter(([name, { change }]) => name !== reference && change !== null)

/** For a terminal at least 80 columns wide. */
export const table = (comparison: Comparison, meter: Meter): string => {
  const policies = Object.entries(comparison.policies)
  const others = changed(comparison)
  const seeds = Math.max(0, ...policies.map(([, { runs }]) => runs.length))
  const lines = [...aligned(means(meter), policies), note(seeds)]
  if (others.length === 0) return lines.join("\n")
  const interval = seeds > 1 ? ", with [95 % intervals]" : ""
  return [...lines, "", `Against ${comparison.reference}${interval}:`, ...aligned(changes(meter), others)].join("\n")
}

/** Over how many seeds. With two, an interval is 12.7 standard errors to each side (Student's t) and tells next to nothing. */
export const note = (seeds: number): string => {
  if (seeds < 2) return "One seed: no intervals."
  if (seeds === 2) return "Means over 2 seeds, and so wide intervals; compare --seeds 5 narrows them."
  return `Means over ${Text.plural(seeds, "seed")}.`
}

/** The first column to the left, the others to the right. */
const aligned = <Row>(columns: ReadonlyArray<Column<Row>>, rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const cells = [0, 1].map((line) => columns.map(({ title }) => title[line]!))
  for (const row of rows) cells.push(columns.map(({ cell }) => cell(row)))
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)))
  return cells.map((line) =>
    line
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join("  ")
      .trimEnd()
  )
}
