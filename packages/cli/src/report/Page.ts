/** One self-contained page about runs and their comparison: a pure function of tapes, but for the plotly bundle. */
import * as Ledger from "@edgeol/core/Ledger"
import type { Comparison } from "../Comparison.ts"
import type { Tape } from "../Tape.ts"
import * as Changes from "./Changes.ts"
import * as Configuration from "./Configuration.ts"
import * as Document from "./Document.ts"
import * as Figure from "./Figure.ts"
import * as Figures from "./Figures.ts"
import * as Headline from "./Headline.ts"
import * as Html from "./Html.ts"
import * as JoulesFigure from "./JoulesFigure.ts"
import * as SecondsFigure from "./SecondsFigure.ts"
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

/** The page's whole text. */
export const page = (input: Input): string => {
  const sections = figures(input)
  return Document.document(
    input.title,
    content(input, sections),
    sections.flatMap(({ parts }) => parts)
  )
}

const content = (input: Input, sections: ReadonlyArray<Document.Section>): ReadonlyArray<string> => {
  const { title, tapes, comparison, command } = input
  const meter = JoulesFigure.meter(tapes)
  return [
    `<h1>${Html.escape(title)}</h1>`,
    `<p class="headline">${Html.escape(Headline.headline(comparison, meter))}</p>`,
    ...tables(comparison, meter),
    Document.noScript,
    ...sections.flatMap(Document.section),
    "<h2>How this was made</h2>",
    ...Configuration.sections(tapes, command),
    Document.footer
  ]
}

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
    `<p class="note">${seeds === 2 ? `${Table.note(seeds)} ` : ""}${explanation(meter)}</p>`,
    ...(seeds > 1 ? [Html.details("Every run", Html.table("One row for each run", Table.runs(meter), runs))] : [])
  ]
}

const explanation = (meter: Headline.Meter) =>
  "Steps are optimiser steps. Fine-tuning time and energy count everything a round needs: start-up, loading, training " +
  "steps, probes, validation, saving and deciding. Accuracy is that of the serving model on held-out samples of each " +
  "request\u2019s scenario. Latency runs from a request\u2019s arrival to its answer: half of the requests wait no longer " +
  `than p50, 99 % no longer than p99.${meter === "modelled" ? " Joules are modelled from the seconds, not measured." : ""}`

const figures = ({ tapes, power }: Input): ReadonlyArray<Document.Section> => {
  const meter = JoulesFigure.meter(tapes)
  const { place } = Document
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
