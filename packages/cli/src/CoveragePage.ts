/** The coverage card as one self-contained page. */
import type { Figures } from "@edgeol/sim/cost/Learn"
import type { Card, CurvePoint, Entry } from "./CoverageCard.ts"
import * as Document from "./report/Document.ts"
import * as Figure from "./report/Figure.ts"
import * as Html from "./report/Html.ts"
import * as Palette from "./report/Palette.ts"
import * as Text from "./report/Text.ts"

export const page = (card: Card): string => {
  const figures = curves(card)
  const content = [
    `<h1>${title}</h1>`,
    `<p class="headline">${Html.escape(headline(card))}</p>`,
    ...tables(card),
    Document.noScript,
    ...figures.flatMap(({ figure, html }) => [Html.legend(figure.keys), html]),
    footer
  ]
  return Document.document(title, content, figures)
}

const title = "Coverage card of the cost models"

const footer =
  "<footer>Made by edgeol fidelity cost from published measurements of others; each profile names its source. " +
  "Figures: plotly.js, copyright Plotly, Inc., MIT licence.</footer>"

export const headline = ({ unseen, published }: Card): string => {
  const mean = (of: (entry: Entry) => number) => Text.percent(Text.mean(unseen.map(of)))
  return (
    `Modes that were not profiled: time within ${mean(({ time }) => time.mape)} and power within ` +
    `${mean(({ power }) => power.mape)} on average; 90 % intervals hold ${mean(({ time }) => time.coverage90)} of times and ` +
    `${mean(({ power }) => power.coverage90)} of powers. Published (${published.source}): ` +
    `${Text.percent(published.time)} and ${Text.percent(published.power)}.`
  )
}

const tables = (card: Card): ReadonlyArray<string> => [
  table(`Modes not profiled, means over seeds; ${card.published.source}: 15 % and 6 %`, card.unseen),
  table("Each mode from all others, where few were measured", card.leaveOneModeOut),
  table("Five own modes, and a fit of another workload or board", card.leaveOneWorkloadOut)
]

const table = (caption: string, entries: ReadonlyArray<Entry & { readonly from?: string }>) => {
  type Row = readonly [Entry & { readonly from?: string }, "time" | "power"]
  const rows = entries.flatMap((entry): ReadonlyArray<Row> => [
    [entry, "time"],
    [entry, "power"]
  ])
  const share = (title: readonly [string, string], name: keyof Figures) => ({
    title,
    cell: ([entry, quantity]: Row) => Text.percent(entry[quantity][name])
  })
  const columns = [
    {
      title: ["board, workload,", "quantity"] as const,
      cell: ([{ board, workload, from }, quantity]: Row) =>
        `${board}, ${workload}, ${quantity}${from === undefined ? "" : ` (from ${from})`}`
    },
    { title: ["modes", "profiled"] as const, cell: ([{ profiled, modes }]: Row) => `${profiled} of ${modes}` },
    share(["mean", "error"], "mape"),
    share(["bias", ""], "bias"),
    share(["nine in ten", "below"], "p90"),
    share(["90 %", "holds"], "coverage90"),
    share(["90 %", "half width"], "width90"),
    share(["50 %", "holds"], "coverage50"),
    share(["50 %", "half width"], "width50")
  ]
  return Html.table(caption, columns, rows)
}

const curves = ({ curve }: Card) =>
  [...Map.groupBy(curve, ({ set }) => set)].flatMap(([set, points], s) =>
    (["time", "power", "regret"] as const).map((quantity) => {
      const above = `${set}: ${meanings[quantity].title} against profiled modes`
      return Document.place(`curve-${s}-${quantity}`, drawing(set, quantity, points), "", above)
    })
  )

/** What the cheapest mode is in the card: joules of a step, within the lower quartile of all modes' times. */
const meanings = {
  time: { title: "error of time", axis: "mean error", label: "Mean error of time" },
  power: { title: "error of power", axis: "mean error", label: "Mean error of power" },
  regret: {
    title: "joules wasted by choosing the cheapest mode that is among the faster quarter",
    axis: "joules wasted",
    label: "Joules wasted by the choice of a mode"
  }
} as const

const tickvals = [10, 15, 20, 30, 50, 100]

const drawing = (set: string, quantity: keyof typeof meanings, points: ReadonlyArray<CurvePoint>): Figure.Figure => {
  const ways = [...Map.groupBy(points, ({ how }) => how)]
  const last = ways.map(
    ([how, own]) => `${how} ${Text.percent(own.at(-1)![quantity])} at ${own.at(-1)!.profiled} modes`
  )
  return {
    label: `${meanings[quantity].label} on ${set}: ${last.join(", ")}.`,
    keys: ways.map(([how], i) => ({ text: how, color: Palette.policy(i), mark: "line" })),
    data: ways.map(([name, own], i) => ({
      type: "scatter",
      mode: "lines+markers",
      name,
      x: own.map(({ profiled }) => profiled),
      y: Figure.short(own.map((point) => point[quantity])),
      line: { width: 2, color: Palette.policy(i) }
    })),
    layout: Figure.layout(300, {
      xaxis: {
        title: { text: "profiled modes", standoff: 8 },
        type: "log",
        zeroline: false,
        tickvals,
        ticktext: tickvals.map(String)
      },
      margin: { l: 72, r: 12, t: 24, b: 44 },
      yaxis: { ...Figure.valueAxis(meanings[quantity].axis), tickformat: ".1%" }
    })
  }
}
