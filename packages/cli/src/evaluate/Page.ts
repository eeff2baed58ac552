/** One self-contained page about an evaluation: a pure function of its recorded runs, but for the plotly bundle. */
import * as Document from "../report/Document.ts"
import * as Html from "../report/Html.ts"
import * as Text from "../report/Text.ts"
import * as Columns from "./Columns.ts"
import * as Losses from "./Losses.ts"
import type { Plan } from "./Plan.ts"
import * as Provenance from "./Provenance.ts"
import type { Run } from "./Results.ts"
import * as Sections from "./Sections.ts"
import * as Summary from "./Summary.ts"

/** The page's whole text. */
export const page = (runs: ReadonlyArray<Run>, plan: Plan): string => {
  const of = Sections.evaluation(runs, plan)
  const { overall, streams, ...others } = Sections.sections(of)
  const drawn = [overall, ...streams, ...Object.values(others)].filter(({ parts }) => parts.length > 0)
  const content = [
    "<h1>Evaluation</h1>",
    ...headlines(of).map((line) => `<p class="headline">${Html.escape(line)}</p>`),
    ...meanTable(of),
    `<p class="note">${explanation}</p>`,
    Document.noScript,
    ...drawn.flatMap(Document.section),
    ...where(of),
    ...Provenance.sections(runs, plan),
    Document.footer
  ]
  return Document.document(
    "Evaluation",
    content,
    drawn.flatMap(({ parts }) => parts)
  )
}

const explanation =
  "Against immediate fine-tuning on paired seeds: the same stream, the same events, another policy. Time and energy count " +
  "everything a round needs, and deciding; rounds are cold, each in a process of its own that starts, loads, trains, saves " +
  "and ends, and \u201Cwarm\u201D leaves out the start. Durations and joules are modelled, the learning is real. Accuracy is that " +
  "of the serving model on held-out samples of each request\u2019s scenario. The mean gives each stream equal weight; its " +
  "interval is over seeds, and says nothing of other streams."

/** Of the policies this project is about; else of the plan's first. */
const headlines = ({ policies, means, streams }: Sections.Evaluation): ReadonlyArray<string> => {
  const own = policies.filter((name) => name === "edgeol" || name === "breakEven")
  const told = own.length === 0 ? policies.slice(0, 1) : own
  return told.flatMap((name) => {
    const mean = means.find(([of]) => of === name)?.[1]
    return mean === undefined || mean.delta === null ? [] : [headline(name, mean.seeds, mean.delta, streams.length)]
  })
}

const headline = (name: string, seeds: number, { seconds, joules, accuracy }: Summary.Delta, streams: number) => {
  const { low, high } = accuracy
  const range = low === null || high === null ? "" : ` (95 % interval ${Text.between(low, high)})`
  return (
    `${name}: ${Text.moreOrLess(seconds, "fine-tuning time")}, ${Text.moreOrLess(joules, "energy")} (modelled), ` +
    `${Text.points(accuracy)} of accuracy${range}, mean over ${Text.plural(streams, "stream")} and ${Text.plural(seeds, "seed")}.`
  )
}

type MeanRow = Sections.Evaluation["means"][number]

const meanTable = (of: Sections.Evaluation): ReadonlyArray<string> => {
  const rows = of.means.filter(([, { delta }]) => delta !== null).filter(([name]) => name !== Summary.reference)
  return rows.length === 0 ? [] : [Html.table(meanCaption(of), meanColumns, rows)]
}

const meanCaption = ({ streams }: Sections.Evaluation) =>
  `Change against immediate, mean over ${streams.map(([stream]) => stream).join(", ")}, with [95 % intervals] over the seeds that all of them have`

const meanColumns = [Columns.policy, ...Columns.changes<MeanRow>(([, { delta }]) => delta)]

const where = ({ summary, policies }: Sections.Evaluation): ReadonlyArray<string> => {
  const items = Losses.sentences(summary, policies).map(
    ([name, sentence]) => `<li><strong>${Html.escape(name)}</strong> ${Html.escape(sentence)}</li>`
  )
  return items.length === 0 ? [] : [`<section><h2>Where policies lose</h2><ul>${items.join("\n")}</ul></section>`]
}
