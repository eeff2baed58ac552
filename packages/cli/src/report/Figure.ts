/** What figures share: tapes by policy, time axes, borders of scenarios, lines in a policy's colour. */
import type { Data, Layout } from "plotly.js-dist"
import type { Tape } from "../Tape.ts"
import * as Changes from "./Changes.ts"
import * as Palette from "./Palette.ts"
import * as Series from "./Series.ts"

export interface Figure {
  readonly data: Array<Data>
  readonly layout: Partial<Layout>
  /** What it shows, in a sentence with numbers, for those who do not see it. */
  readonly label: string
  /** What the colours mean; it stands outside the drawing, so that it never covers any of it. */
  readonly keys: ReadonlyArray<Key>
}

export interface Key {
  readonly text: string
  readonly color: string
  readonly mark: "line" | "box" | "triangle"
}

export type Policies = ReadonlyArray<readonly [name: string, tapes: ReadonlyArray<Tape>]>

/** Points along time of a mean or a running sum. */
const resolution = 240

/** Tapes by the name of their policy, in the order in which policies first come. */
export const byPolicy = (tapes: ReadonlyArray<Tape>): Policies => [
  ...Map.groupBy(tapes, ({ header }) => header.policy.name)
]

/** When the last run ends, s. */
export const until = (tapes: ReadonlyArray<Tape>): number =>
  Math.max(0, ...tapes.map(({ entries }) => Series.end(entries)))

/** Times at which means and running sums are drawn. */
export const grid = (tapes: ReadonlyArray<Tape>): ReadonlyArray<number> => Series.grid(until(tapes), resolution)

/** Four significant digits are more than a screen shows. */
export const short = (values: ReadonlyArray<number>) =>
  values.map((value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null))

/** Times to the millisecond. */
export const times = (values: ReadonlyArray<number>) => values.map((value) => Math.round(value * 1e3) / 1e3)

/** Colours of text, grid and ground come from the page's style sheet. */
export const layout = (height: number, more: Partial<Layout>): Partial<Layout> => ({
  height,
  margin: { l: 52, r: 12, t: 24, b: 44 },
  paper_bgcolor: "rgba(0,0,0,0)",
  plot_bgcolor: "rgba(0,0,0,0)",
  font: { family: "system-ui, sans-serif", size: 13 },
  showlegend: false,
  hovermode: "closest",
  ...more
})

export const timeAxis = (tapes: ReadonlyArray<Tape>): NonNullable<Layout["xaxis"]> => ({
  title: { text: "time, s", standoff: 8 },
  range: [0, until(tapes)],
  zeroline: false
})

export const valueAxis = (title: string): NonNullable<Layout["yaxis"]> => ({
  title: { text: title, standoff: 8 },
  ticklabelstandoff: 4,
  rangemode: "tozero",
  zeroline: false
})

/** Vertical lines where the stream changed, numbered above. */
export const borderLines = (tapes: ReadonlyArray<Tape>): Pick<Layout, "shapes" | "annotations"> => {
  const borders = Changes.borders(tapes)
  return {
    shapes: borders.map(({ at }) => ({
      type: "line",
      x0: at,
      x1: at,
      y0: 0,
      y1: 1,
      yref: "paper",
      line: { width: 1, dash: "dot", color: "#7d8590" }
    })),
    annotations: borders.map(({ at }, i) => ({
      x: at,
      y: 1,
      yref: "paper",
      yanchor: "bottom",
      text: String(i + 1),
      showarrow: false
    }))
  }
}

/** The lines of each policy: thin ones for runs, where there are several, a thick one for their mean. */
export const lines = (
  policies: Policies,
  runs: ReadonlyArray<ReadonlyArray<Series.Steps>>,
  at: ReadonlyArray<number>,
  means: ReadonlyArray<ReadonlyArray<number>>
): Array<Data> => [
  ...runs.flatMap((own, p) => (own.length < 2 ? [] : own.map((steps) => thin(steps, p)))),
  ...policies.map(([name], p) => thick({ at, value: means[p]! }, name, p))
]

const thin = ({ at, value }: Series.Steps, p: number): Data => ({
  type: "scatter",
  mode: "lines",
  x: times(at),
  y: short(value),
  line: { shape: "hv", width: 1, color: Palette.policy(p) },
  opacity: 0.35,
  hoverinfo: "skip"
})

const thick = ({ at, value }: Series.Steps, name: string, p: number): Data => ({
  type: "scatter",
  mode: "lines",
  x: times(at),
  y: short(value),
  name,
  line: { shape: "hv", width: 2.5, color: Palette.policy(p) }
})

/** A key for each policy. */
export const keys = (policies: Policies, mark: Key["mark"], text = (name: string) => name): ReadonlyArray<Key> =>
  policies.map(([name], p) => ({ text: text(name), color: Palette.policy(p), mark }))
