/** Accuracy over time, as requests met it. */
import type { Data } from "plotly.js-dist"
import type { Tape } from "../Tape.ts"
import * as Changes from "./Changes.ts"
import * as Figure from "./Figure.ts"
import * as Palette from "./Palette.ts"
import * as Series from "./Series.ts"
import * as Text from "./Text.ts"

/** A thin line for each run, a thick one for the mean of a policy's seeds, and below them the detected changes. */
export const figure = (tapes: ReadonlyArray<Tape>): Figure.Figure => {
  const policies = Figure.byPolicy(tapes)
  const grid = Figure.grid(tapes)
  const runs = policies.map(([, own]) => own.map(({ entries }) => Series.accuracy(entries)))
  const means = runs.map((own) => Series.mean(own.map((steps) => Series.sample(steps, grid))))
  const found = detections(policies)
  const strip = found.every(({ at }) => at.length === 0) ? 0 : 0.06 + 0.05 * found.length
  return {
    label: label(policies, means),
    keys: [...Figure.keys(policies, "line"), ...found.map(key)],
    data: [...Figure.lines(policies, runs, grid, means), ...found.map(marks)],
    layout: Figure.layout(400, {
      ...Figure.borderLines(tapes),
      xaxis: { ...Figure.timeAxis(tapes), anchor: strip === 0 ? "y" : "y2" },
      yaxis: { ...Figure.valueAxis("accuracy"), domain: [strip, 1], tickformat: ".0%" },
      yaxis2: {
        domain: [0, Math.max(0.01, strip - 0.04)],
        range: [-0.6, found.length - 0.4],
        showticklabels: false,
        showgrid: false,
        zeroline: false
      }
    })
  }
}

const label = (policies: Figure.Policies, means: ReadonlyArray<ReadonlyArray<number>>) => {
  const ranges = policies.map(([name], p) => {
    const known = means[p]!.filter(Number.isFinite)
    return `${name} between ${Text.percent(Math.min(...known))} and ${Text.percent(Math.max(...known))}`
  })
  return `Accuracy of requests over time, mean of the seeds: ${ranges.join("; ")}.`
}

interface Detections {
  readonly name: string
  readonly color: string
  readonly at: ReadonlyArray<number>
}

/** Of each policy with a detector, over all its runs. */
const detections = (policies: Figure.Policies): ReadonlyArray<Detections> =>
  policies.flatMap(([name, own], p) => {
    const detected = own.map(Changes.detected)
    if (detected.every((of) => of === undefined)) return []
    return [{ name, color: Palette.policy(p), at: detected.flatMap((of) => of ?? []) }]
  })

const key = ({ name, color, at }: Detections): Figure.Key => ({
  text: `${at.length === 0 ? "no change" : "change"} detected by ${name}`,
  color,
  mark: "triangle"
})

/** A row of triangles below the accuracies. */
const marks = ({ name, color, at }: Detections, row: number): Data => ({
  type: "scatter",
  mode: "markers",
  x: Figure.times(at),
  y: at.map(() => row),
  yaxis: "y2",
  name: `change detected by ${name}`,
  marker: { symbol: "triangle-up", size: 9, color },
  hovertemplate: "%{x} s"
})
