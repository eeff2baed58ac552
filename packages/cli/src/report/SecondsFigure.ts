/** Where the seconds went: running sums by activity, a figure for each policy. */
import * as Ledger from "@edgeol/core/Ledger"
import type { Data } from "plotly.js-dist"
import type { Tape } from "../Tape.ts"
import * as Figure from "./Figure.ts"
import * as Palette from "./Palette.ts"
import * as Series from "./Series.ts"
import * as Text from "./Text.ts"

/** Activities as people call them. */
export const words: Readonly<Record<Ledger.Activity, string>> = {
  startUp: "start-up",
  load: "load",
  forward: "forward",
  backward: "backward",
  optimiser: "optimiser",
  probe: "probe",
  validation: "validation",
  head: "fast head",
  save: "save",
  policy: "policy",
  inference: "inference",
  overhead: "bookkeeping",
  meter: "meter",
  idle: "idle"
}

const busy = Ledger.activities.filter((activity) => activity !== "idle")

/** Activities that can be seen: a hundredth of some policy's busy time. Idle time is no cost of a policy. */
const visible = (tapes: ReadonlyArray<Tape>): ReadonlyArray<Ledger.Activity> => {
  const totals = Figure.byPolicy(tapes).map(([, own]) => spent(own))
  return busy.filter((activity) => totals.some((of) => of[activity] > 0.01 * busy.reduce((sum, a) => sum + of[a], 0)))
}

/** Seconds by activity, mean over runs. */
export const spent = (tapes: ReadonlyArray<Tape>): Readonly<Record<Ledger.Activity, number>> => {
  const ends = tapes.map(({ entries }) => Series.cumulative(entries, [Infinity]))
  return Object.fromEntries(
    Ledger.activities.map((activity) => [activity, Text.mean(ends.map(({ seconds }) => seconds[activity][0]!))])
  ) as Record<Ledger.Activity, number>
}

/** On one scale; means over seeds. */
export const figures = (tapes: ReadonlyArray<Tape>): ReadonlyArray<readonly [policy: string, Figure.Figure]> => {
  const activities = visible(tapes)
  const grid = Figure.grid(tapes)
  const policies = Figure.byPolicy(tapes)
  const sums = policies.map(([, own]) => own.map(({ entries }) => Series.cumulative(entries, grid)))
  const means = sums.map((own) => activities.map((a) => Series.mean(own.map(({ seconds }) => seconds[a]))))
  const top = Math.max(...means.map((areas) => areas.reduce((sum, area) => sum + (area.at(-1) ?? 0), 0)))
  const keys = activities.map((a): Figure.Key => ({ text: words[a], color: Palette.activity[a], mark: "box" }))
  return policies.map(([name], p) => [
    name,
    {
      label: label(name, activities, means[p]!),
      keys,
      data: activities.map((activity, a) => area(Figure.times(grid), Figure.short(means[p]![a]!), activity)),
      layout: Figure.layout(280, {
        xaxis: Figure.timeAxis(tapes),
        yaxis: { ...Figure.valueAxis("seconds spent"), range: [0, 1.05 * top] },
        hovermode: "x unified"
      })
    }
  ])
}

const area = (x: ReadonlyArray<number>, y: ReadonlyArray<number | null>, activity: Ledger.Activity): Data => ({
  type: "scatter",
  mode: "lines",
  stackgroup: "activities",
  x: [...x],
  y: [...y],
  name: words[activity],
  line: { width: 0, color: Palette.activity[activity] },
  fillcolor: Palette.activity[activity],
  hovertemplate: "%{y:.3~g} s"
})

const label = (
  name: string,
  activities: ReadonlyArray<Ledger.Activity>,
  areas: ReadonlyArray<ReadonlyArray<number>>
) => {
  const ends = activities.map((activity, a) => `${words[activity]} ${Text.seconds(areas[a]!.at(-1) ?? 0)}`)
  return `Seconds that ${name} spent by the end of the run: ${ends.join(", ")}.`
}
