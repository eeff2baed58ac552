/** One self-contained page about runs and their comparison: a pure function of tapes, but for the plotly bundle. */
import * as Ledger from "@edgeol/core/Ledger"
import type { Comparison } from "../Comparison.ts"
import type { Tape } from "../Tape.ts"
import * as Browser from "./Browser.ts"
import * as Bundle from "./Bundle.ts"
import * as Changes from "./Changes.ts"
import * as Configuration from "./Configuration.ts"
import * as Figure from "./Figure.ts"
import * as Figures from "./Figures.ts"
import * as Headline from "./Headline.ts"
import * as Html from "./Html.ts"
import * as JoulesFigure from "./JoulesFigure.ts"
import * as SecondsFigure from "./SecondsFigure.ts"
import * as Style from "./Style.ts"
import * as Table from "./Table.ts"
import * as Text from "./Text.ts"

export interface Input {
  readonly title: string
  readonly tapes: ReadonlyArray<Tape>
  readonly comparison: Comparison
  /** Watts by activity of the device that the joules are modelled on. */
  readonly power?: Readonly<Partial<Record<Ledger.Activity, number>>>
  /** The command that made the runs; without it, one that repeats them. */
  readonly command?: string
}

/** The page's whole text. It asks the network for nothing, and forbids itself to. */
export const page = (input: Input): string => {
  const sections = figures(input)
  const drawn = sections.flatMap(({ parts }) => parts.map(({ id, figure: { data, layout } }) => ({ id, data, layout })))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${Html.escape(input.title)}</title>
<style>${Style.page}</style>
</head>
<body>
<main>
${content(input, sections).join("\n")}
</main>
<script type="application/json" id="figures">${Html.json(drawn)}</script>
<script type="text/plain" id="plotly">${Bundle.packed()}</script>
<script>(${Browser.draw.toString()})(${Browser.unpack.toString()})</script>
</body>
</html>
`
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"

const content = (input: Input, sections: ReadonlyArray<Section>): ReadonlyArray<string> => {
  const { title, tapes, comparison, command } = input
  const meter = JoulesFigure.meter(tapes)
  return [
    `<h1>${Html.escape(title)}</h1>`,
    `<p class="headline">${Html.escape(Headline.headline(comparison, meter))}</p>`,
    ...tables(comparison, meter),
    "<noscript><p>The figures need JavaScript; the tables do not.</p></noscript>",
    ...sections.flatMap(section),
    "<h2>How this was made</h2>",
    ...Configuration.sections(tapes, command),
    `<footer>${footer}</footer>`
  ]
}

const footer =
  "Made by edgeol from recorded runs. Figures: plotly.js, copyright Plotly, Inc., MIT licence; " +
  "it is in this file, and nothing is fetched."

const tables = (comparison: Comparison, meter: Headline.Meter): ReadonlyArray<string> => {
  const policies = Object.entries(comparison.policies)
  const changed = Table.changed(comparison)
  const seeds = Math.max(0, ...policies.map(([, { runs }]) => runs.length))
  const runs = policies.flatMap(([name, { runs }]) => runs.map((run) => [name, run] as const))
  const against = `Change against ${comparison.reference} on paired seeds${seeds > 1 ? ", with [95 % intervals]" : ""}`
  const came =
    seeds > 1 ? `What each policy came to, mean over ${Text.plural(seeds, "seed")}` : "What it came to, one seed"
  return [
    Html.table(came, Table.means(meter), policies),
    ...(changed.length === 0 ? [] : [Html.table(against, Table.changes(meter), changed)]),
    `<p class="note">${explanation(meter)}</p>`,
    ...(seeds > 1 ? [Html.details("Every run", Html.table("One row for each run", Table.runs(meter), runs))] : [])
  ]
}

const explanation = (meter: Headline.Meter) =>
  "Steps are optimiser steps. Fine-tuning time and energy count everything a round needs: start-up, loading, training " +
  "steps, probes, validation, saving and deciding. Accuracy is that of the serving model on held-out samples of each " +
  "request\u2019s scenario. Latency runs from a request\u2019s arrival to its answer: half of the requests wait no longer " +
  `than p50, 99 % no longer than p99.${meter === "modelled" ? " Joules are modelled from the seconds, not measured." : ""}`

interface Section {
  readonly heading: string
  readonly parts: ReadonlyArray<{ readonly id: string; readonly figure: Figure.Figure; readonly html: string }>
  /** What follows the figures. */
  readonly after: string
}

/** The colours stand above the first figure: figures of a section share them. */
const section = ({ heading, parts, after }: Section): ReadonlyArray<string> => {
  const drawings = parts.map(({ html }) => html).join("\n")
  return [
    `<section><h2>${heading}</h2>`,
    Html.legend(parts[0]?.figure.keys ?? []),
    parts.length > 1 ? `<div class="panels">\n${drawings}\n</div>` : drawings,
    `${after}</section>`
  ]
}

const figures = ({ tapes, power }: Input): ReadonlyArray<Section> => {
  const meter = JoulesFigure.meter(tapes)
  const place = (id: string, figure: Figure.Figure, caption: string, title?: string) => ({
    id,
    figure,
    html: Html.figure(id, figure, caption, title)
  })
  const panels = Figures.seconds(tapes).map(([name, figure], i) => place(`seconds-${i}`, figure, "", name))
  return [
    {
      heading: "Accuracy of requests over time",
      parts: [place("accuracy", Figures.accuracy(tapes), accuracyCaption(tapes))],
      after: scenarios(tapes)
    },
    {
      heading: "When rounds ran and how deep they froze",
      parts: [place("rounds", Figures.rounds(tapes), Figures.roundsCaption)],
      after: ""
    },
    { heading: "Where the seconds went", parts: panels, after: spent(tapes, power) },
    { heading: `Joules of fine-tuning, ${meter}`, parts: [place("joules", Figures.joules(tapes), "")], after: "" }
  ]
}

const accuracyCaption = (tapes: ReadonlyArray<Tape>) =>
  (tapes.length > Figure.byPolicy(tapes).length ? "Thick lines are means over seeds, thin ones single runs. " : "") +
  "Dotted lines, numbered above, are the stream\u2019s true changes; triangles are changes that a policy\u2019s detector inferred."

const scenarios = (tapes: ReadonlyArray<Tape>): string => {
  const items = Changes.borders(tapes).map(
    ({ scenario, at }) => `<li>${Html.escape(scenario)} from ${at.toFixed(1)} s</li>`
  )
  return items.length === 0 ? "" : `<ol class="scenarios" aria-label="Scenarios">${items.join("")}</ol>`
}

/** The figures' last values, and what is too little to be seen in them. */
const spent = (tapes: ReadonlyArray<Tape>, power: Input["power"]): string => {
  type Activity = Ledger.Activity
  const column = (title: string, cell: (activity: Activity) => string) => ({ title: ["", title] as const, cell })
  const policies = Figure.byPolicy(tapes).map(([name, own]) => {
    const of = SecondsFigure.spent(own)
    return column(name, (activity) => Text.seconds(of[activity]))
  })
  const watts = power === undefined ? [] : [column("power, modelled", (activity) => Text.watts(power[activity] ?? NaN))]
  const columns = [column("activity", (activity) => SecondsFigure.words[activity]), ...policies, ...watts]
  const caption = "Seconds by activity, mean over runs; they add up to the clock"
  return Html.details("Seconds by activity", Html.table(caption, columns, Ledger.activities))
}
