/** Changes against immediate as a forest plot: a row for each policy, its mean and 95 % interval. */
import type { Data } from "plotly.js-dist"
import type { Interval } from "../Comparison.ts"
import * as Figure from "../report/Figure.ts"
import * as Palette from "../report/Palette.ts"
import * as Text from "../report/Text.ts"
import type { Quantity } from "./Summary.ts"

export type Rows = ReadonlyArray<readonly [policy: string, change: Interval]>

interface Meaning {
  readonly title: string
  readonly axis: string
  /** Whether less is better. */
  readonly cost: boolean
}

export const meanings: Readonly<Record<Quantity, Meaning>> = {
  seconds: { title: "Fine-tuning time, cold rounds", axis: "change of time, %", cost: true },
  warmSeconds: { title: "Fine-tuning time, warm rounds", axis: "change of time, %", cost: true },
  joules: { title: "Energy, modelled", axis: "change of energy, %", cost: true },
  accuracy: { title: "Accuracy on the current scenario", axis: "change, points", cost: false },
  seen: { title: "Accuracy on all scenarios met", axis: "change, points", cost: false }
}

/** All of every interval, unless that would leave no room for the means: few seeds make some very wide. */
const range = (rows: Rows): [number, number] => {
  const means = [0, ...rows.map(([, { mean }]) => 100 * mean).filter(Number.isFinite)]
  const ends = rows.flatMap(([, { low, high }]) => (low === null || high === null ? [] : [100 * low, 100 * high]))
  const all = [...means, ...ends.filter(Number.isFinite)]
  const span = Math.max(1, Math.max(...means) - Math.min(...means))
  const low = Math.max(Math.min(...all), Math.min(...means) - span)
  const high = Math.min(Math.max(...all), Math.max(...means) + span)
  return [low - 0.04 * (high - low) - 0.1, high + 0.04 * (high - low) + 0.1]
}

type Verdict = "better" | "in doubt" | "worse"

/** Blue and orange are told apart with any colour vision. */
const colours: Readonly<Record<Verdict, string>> = {
  better: Palette.policy(2),
  "in doubt": Palette.policy(0),
  worse: Palette.policy(1)
}

/** Where `where` is: for those who do not see it. */
export const figure = (rows: Rows, quantity: Quantity, where: string): Figure.Figure => {
  const { title, axis } = meanings[quantity]
  const known = rows.flatMap((row, y) => (Number.isFinite(row[1].mean) ? [{ row, y }] : []))
  const words = known.map(({ row: [name, change] }) => `${name} ${Text.change(change)}`)
  return {
    label: `${title}, ${axis} against immediate, ${where}: ${words.join("; ")}.`,
    keys: Object.entries(colours).map(([text, color]) => ({ text: keys[text as Verdict], color, mark: "box" })),
    data: known.map(({ row, y }) => mark(row, y, quantity)),
    layout: Figure.layout(80 + 22 * rows.length, {
      margin: { l: 18 + 8 * Math.max(0, ...rows.map(([name]) => name.length)), r: 12, t: 8, b: 44 },
      shapes: [{ type: "line", x0: 0, x1: 0, y0: 0, y1: 1, yref: "paper", line: { width: 1, color: "#7d8590" } }],
      xaxis: { title: { text: axis, standoff: 8 }, range: range(rows), zeroline: false },
      yaxis: {
        tickvals: rows.map((_, y) => y),
        ticktext: rows.map(([name]) => name),
        range: [rows.length - 0.4, -0.6],
        ticklabelstandoff: 4,
        zeroline: false
      }
    })
  }
}

const keys: Readonly<Record<Verdict, string>> = {
  better: "better than immediate",
  "in doubt": "interval holds zero, or is not known",
  worse: "worse"
}

const verdict = ({ low, high }: Interval, { cost }: Meaning): Verdict => {
  if (low === null || high === null || (low <= 0 && high >= 0)) return "in doubt"
  return low > 0 === cost ? "worse" : "better"
}

const mark = ([name, change]: Rows[number], y: number, quantity: Quantity): Data => {
  const color = colours[verdict(change, meanings[quantity])]
  const [below, above] = reach(change)
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: Figure.short([100 * change.mean]),
    y: [y],
    marker: { color, size: 8 },
    error_x: { type: "data", symmetric: false, array: [above], arrayminus: [below], color, thickness: 2, width: 4 },
    hovertemplate: `${Text.change(change)}<extra>${name}</extra>`
  }
}

/** From the mean to the interval's ends, in hundredths. */
export const reach = ({ mean, low, high }: Interval): readonly [below: number, above: number] => [
  low === null ? 0 : 100 * (mean - low),
  high === null ? 0 : 100 * (high - mean)
]
