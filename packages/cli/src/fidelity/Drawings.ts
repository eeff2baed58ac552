/** Figures of the fidelity card: simulated against emulated run by run, and policies as both rank them. */
import type { Data, Layout } from "plotly.js-dist"
import * as Figure from "../report/Figure.ts"
import * as Palette from "../report/Palette.ts"
import type { Entry, Run } from "./Card.ts"
import type { Measure } from "./Measure.ts"
import * as Table from "./Table.ts"

export const titles: Readonly<Record<Measure, string>> = {
  seconds: "seconds of fine-tuning",
  joules: "joules of fine-tuning",
  rounds: "rounds",
  accuracy: "accuracy"
}

/** More policies than colours are told apart by their marks. */
const symbols = ["circle", "square", "diamond"] as const
const marker = (p: number) => ({
  color: Palette.policy(p),
  symbol: symbols[Math.floor(p / 8) % symbols.length]!,
  size: 8
})

export const keys = ({ policies }: Entry): ReadonlyArray<Figure.Key> =>
  policies.map((text, p) => ({ text, color: Palette.policy(p), mark: "box" }))

/** A point for each run, with its 90 % interval; on the line both are the same. */
export const scatter = (entry: Entry, measure: Measure): Figure.Figure => {
  const own = entry.runs.map(({ emulated, simulated }) => [emulated[measure], simulated[measure].value])
  const [least, most] = [Math.min(...own.flat()), Math.max(...own.flat())]
  const share = measure === "accuracy" ? { tickformat: ".0%" } : { rangemode: "tozero" as const }
  const axis = { zeroline: false, ...share }
  return {
    label: `Simulated against emulated ${titles[measure]}, ${entry.runs.length} runs: ${Table.line(measure, entry.measures[measure].all)}.`,
    keys: keys(entry),
    data: [
      {
        type: "scatter",
        mode: "lines",
        x: Figure.short([least, most]),
        y: Figure.short([least, most]),
        line: { width: 1, color: "#7d8590", dash: "dot" },
        hoverinfo: "skip"
      },
      ...entry.policies.map((policy, p) =>
        points(
          entry.runs.filter((run) => run.policy === policy),
          measure,
          p
        )
      )
    ],
    layout: Figure.layout(320, {
      margin: { l: 62, r: 12, t: 12, b: 44 },
      xaxis: { title: { text: "emulated", standoff: 8 }, ...axis },
      yaxis: { title: { text: "simulated", standoff: 8 }, ticklabelstandoff: 4, ...axis }
    })
  }
}

const points = (runs: ReadonlyArray<Run>, measure: Measure, p: number): Data => ({
  type: "scatter",
  mode: "markers",
  name: runs[0]!.policy,
  x: Figure.short(runs.map(({ emulated }) => emulated[measure])),
  y: Figure.short(runs.map(({ simulated }) => simulated[measure].value)),
  error_y: {
    type: "data",
    array: Figure.short(runs.map(({ simulated: { [measure]: of } }) => of.high - of.value)),
    arrayminus: Figure.short(runs.map(({ simulated: { [measure]: of } }) => of.value - of.low)),
    thickness: 1,
    width: 0,
    color: Palette.policy(p)
  },
  text: runs.map(({ policy, seed }) => `${policy}, seed ${seed}`),
  marker: marker(p),
  hovertemplate: "%{text}: emulated %{x}, simulated %{y}<extra></extra>"
})

export const rankingKeys: ReadonlyArray<Figure.Key> = [
  { text: "emulated, mean of the seeds", color: Palette.policy(0), mark: "box" },
  { text: "simulated", color: Palette.policy(1), mark: "box" }
]

/** Policies in the order in which real training puts them, and what both say of them. */
export const ranking = (entry: Entry, measure: Measure): Figure.Figure => {
  const rows = entry.policies
    .map((policy) => {
      const own = entry.runs.filter((run) => run.policy === policy)
      const mean = (of: (run: Run) => number) => own.reduce((sum, run) => sum + of(run), 0) / own.length
      return {
        policy,
        emulated: mean(({ emulated }) => emulated[measure]),
        simulated: mean(({ simulated }) => simulated[measure].value)
      }
    })
    .toSorted((a, b) => b.emulated - a.emulated)
  const { tau, tauDecided, decided } = entry.ranking[measure]
  const side = (of: "emulated" | "simulated", p: number, symbol: "circle" | "diamond-open"): Data => ({
    type: "scatter",
    mode: "markers",
    name: of,
    x: Figure.short(rows.map((row) => row[of])),
    y: rows.map(({ policy }) => policy),
    marker: { color: Palette.policy(p), size: 11, symbol },
    hovertemplate: `%{y}: ${of} %{x}<extra></extra>`
  })
  const layout: Partial<Layout> = {
    margin: { l: 150, r: 12, t: 12, b: 44 },
    xaxis: {
      title: { text: titles[measure], standoff: 8 },
      zeroline: false,
      ...(measure === "accuracy" ? { tickformat: ".0%" } : { rangemode: "tozero" })
    },
    yaxis: { automargin: true, ticklabelstandoff: 4 }
  }
  return {
    label: `Policies by ${titles[measure]}, emulated and simulated: Kendall's tau ${Table.tau(tau)}; ${Table.tau(tauDecided)} over the ${decided} pairs that seeds tell apart.`,
    keys: rankingKeys,
    data: [side("emulated", 0, "circle"), side("simulated", 1, "diamond-open")],
    layout: Figure.layout(90 + 24 * rows.length, layout)
  }
}
