/** One self-contained page about an evaluation: a pure function of its recorded runs, but for the plotly bundle. */
import type { Interval } from "../Comparison.ts"
import * as Document from "../report/Document.ts"
import * as Html from "../report/Html.ts"
import * as Text from "../report/Text.ts"
import * as FixedShare from "./FixedShare.ts"
import * as Forest from "./Forest.ts"
import * as Frontier from "./Frontier.ts"
import * as Losses from "./Losses.ts"
import type { Plan } from "./Plan.ts"
import * as Provenance from "./Provenance.ts"
import type { Run } from "./Results.ts"
import * as Spending from "./Spending.ts"
import * as Summary from "./Summary.ts"

/** The page's whole text. */
export const page = (runs: ReadonlyArray<Run>, plan: Plan): string => {
  const of = evaluation(runs, plan)
  const { overall, streams, ...others } = sections(of)
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

/** The page's figures, in its order. */
export const sections = (of: Evaluation) => ({
  overall: overall(of),
  streams: of.streams.map(([stream, own], i) => onStream(of, stream, own, i)),
  frontiers: frontiers(of),
  shares: shares(of),
  seen: seen(of),
  seconds: seconds(of)
})

/** What the page tells of. */
export interface Evaluation {
  /** Without the reference, in the plan's order. */
  readonly policies: ReadonlyArray<string>
  readonly streams: ReturnType<typeof Summary.byStream>
  readonly summary: Summary.Summary
  readonly means: ReturnType<typeof Summary.means>
}

export const evaluation = (runs: ReadonlyArray<Run>, plan: Plan): Evaluation => ({
  policies: plan.policies.filter((name) => name !== Summary.reference),
  streams: Summary.byStream(runs, plan),
  summary: Summary.summarise(runs, plan),
  means: Summary.means(runs, plan)
})

const explanation =
  "Against immediate fine-tuning on paired seeds: the same stream, the same events, another policy. Time and energy count " +
  "everything a round needs, and deciding; rounds are cold, each in a process of its own that starts, loads, trains, saves " +
  "and ends, and \u201Cwarm\u201D leaves out the start. Durations and joules are modelled, the learning is real. Accuracy is that " +
  "of the serving model on held-out samples of each request\u2019s scenario. The mean gives each stream equal weight; its " +
  "interval is over seeds, and says nothing of other streams."

/** Of the policies this project is about; else of the plan's first. */
const headlines = ({ policies, means, streams }: Evaluation): ReadonlyArray<string> => {
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

type MeanRow = Evaluation["means"][number]

const meanTable = (of: Evaluation): ReadonlyArray<string> => {
  const rows = of.means.filter(([, { delta }]) => delta !== null).filter(([name]) => name !== Summary.reference)
  return rows.length === 0 ? [] : [Html.table(meanCaption(of), meanColumns, rows)]
}

const meanCaption = ({ streams }: Evaluation) =>
  `Change against immediate, mean over ${streams.map(([stream]) => stream).join(", ")}, with [95 % intervals] over the seeds that all of them have`

const change = <Row>(
  title: readonly [string, string],
  quantity: Summary.Quantity,
  of: (row: Row) => Summary.Delta | null
) => ({
  title,
  cell: (row: Row) => {
    const delta = of(row)
    return delta === null ? Text.percent(NaN) : brief(delta[quantity])
  }
})

/** Without an interval that nobody would see. */
const brief = ({ mean, low, high }: Interval): string => {
  const isSeen = low !== null && high !== null && high - low >= 0.001
  return Text.change(isSeen ? { mean, low, high } : { mean, low: null, high: null })
}

const changes = <Row>(of: (row: Row) => Summary.Delta | null) => [
  change(["time,", "%"], "seconds", of),
  change(["time, warm,", "%"], "warmSeconds", of),
  change(["energy, modelled,", "%"], "joules", of),
  change(["accuracy,", "points"], "accuracy", of),
  change(["all scenarios met,", "points"], "seen", of)
]

const meanColumns = [
  { title: ["", "policy"] as const, cell: ([name]: MeanRow) => name },
  ...changes<MeanRow>(([, { delta }]) => delta)
]

const forests = (id: string, deltas: Frontier.Deltas, where: string) =>
  (["seconds", "joules", "accuracy"] as const).map((quantity) => {
    const rows = deltas.map(([name, delta]) => [name, delta[quantity]] as const)
    return Document.place(
      `${id}-${quantity}`,
      Forest.figure(rows, quantity, where),
      "",
      Forest.meanings[quantity].title
    )
  })

/** Of policies that were compared, the reference left out. */
const deltasOf = (summary: Summary.Summary[string]): Frontier.Deltas =>
  Object.entries(summary).flatMap(([name, { deltaAgainstImmediate: delta }]) =>
    delta === null || name === Summary.reference ? [] : [[name, delta] as const]
  )

const overall = ({ means }: Evaluation): Document.Section => {
  const deltas = means.flatMap(([name, { delta }]) =>
    delta === null || name === Summary.reference ? [] : [[name, delta] as const]
  )
  return {
    heading: "Mean over streams",
    parts: deltas.length === 0 ? [] : forests("mean", deltas, "mean over streams"),
    after: ""
  }
}

const onStream = ({ summary }: Evaluation, stream: string, runs: ReadonlyArray<Run>, i: number): Document.Section => {
  const policies = Object.entries(summary[stream]!)
  const models = [...new Set(runs.map(({ model }) => model))].join(", ")
  const deltas = deltasOf(summary[stream]!)
  return {
    heading: Html.escape(`${stream}, ${models}`),
    parts: deltas.length === 0 ? [] : forests(`stream-${i}`, deltas, `on ${stream}`),
    after: Html.details(
      "The numbers",
      Html.table(`Means over seeds, and changes against immediate, on ${stream}`, entryColumns, policies)
    )
  }
}

type EntryRow = readonly [name: string, entry: Summary.Entry]

const entryColumns = [
  { title: ["", "policy"] as const, cell: ([name]: EntryRow) => name },
  { title: ["", "seeds"] as const, cell: ([, { runs }]: EntryRow) => String(runs) },
  { title: ["", "rounds"] as const, cell: ([, { rounds }]: EntryRow) => Text.count(Math.round(10 * rounds) / 10) },
  { title: ["fine-tuning", "time"] as const, cell: ([, entry]: EntryRow) => Text.seconds(entry.seconds) },
  { title: ["energy,", "modelled"] as const, cell: ([, { joules }]: EntryRow) => Text.joules(joules) },
  { title: ["", "accuracy"] as const, cell: ([, { accuracy }]: EntryRow) => Text.percent(accuracy) },
  { title: ["on all", "scenarios met"] as const, cell: ([, entry]: EntryRow) => Text.percent(entry.seen ?? NaN) },
  ...changes<EntryRow>(([name, entry]) => (name === Summary.reference ? null : entry.deltaAgainstImmediate))
]

/** A panel for each stream. */
const panels = (
  { streams, summary }: Evaluation,
  id: string,
  draw: (stream: string, runs: ReadonlyArray<Run>, deltas: Frontier.Deltas) => Document.Placed["figure"]
) =>
  streams.flatMap(([stream, runs], i) => {
    const deltas = deltasOf(summary[stream]!)
    return deltas.length === 0 ? [] : [Document.place(`${id}-${i}`, draw(stream, runs, deltas), "", stream)]
  })

const frontiers = (of: Evaluation): Document.Section => ({
  heading: "Accuracy against time saved",
  before: '<p class="note">Lines through the points are 95 % intervals. Immediate is at zero.</p>',
  parts: panels(of, "frontier", (stream, _, deltas) => Frontier.figure(deltas, `on ${stream}`)),
  after: ""
})

const shares = (of: Evaluation): Document.Section => ({
  heading: "How much of it is the price of starting a round",
  before:
    '<p class="note">Time saved, by the share of an immediate round that goes into starting, loading and saving. Dotted: ' +
    "the rounds of this evaluation, cold, and the same without their start, warm. To the left of both only steps count.</p>",
  parts: panels(of, "share", (stream, runs) => FixedShare.figure(runs, of.policies, `on ${stream}`)),
  after: ""
})

const seen = (of: Evaluation): Document.Section => ({
  heading: "Accuracy on all scenarios met so far",
  parts: panels(of, "seen", (stream, _, deltas) =>
    Forest.figure(
      deltas.map(([name, { seen }]) => [name, seen] as const),
      "seen",
      `on ${stream}`
    )
  ),
  after: ""
})

const seconds = (of: Evaluation): Document.Section => {
  const runs = of.streams.flatMap(([, own]) => own)
  const activities = Spending.visible(runs)
  const all = [Summary.reference, ...of.policies]
  const columns = of.streams.map(([stream, own]) => ({
    title: ["", stream] as const,
    cell: (policy: string) => Spending.words(Spending.decided(own, policy))
  }))
  return {
    heading: "Where the seconds go",
    parts: panels(of, "seconds", (stream, own) => Spending.figure(own, all, activities, `on ${stream}`)),
    after: Html.table(
      "What deciding costs (probes, validation, policy, fast head), and the time that is saved after it is paid",
      [{ title: ["", "policy"] as const, cell: (policy: string) => policy }, ...columns],
      of.policies
    )
  }
}

const where = ({ summary, policies }: Evaluation): ReadonlyArray<string> => {
  const items = Losses.sentences(summary, policies).map(
    ([name, sentence]) => `<li><strong>${Html.escape(name)}</strong> ${Html.escape(sentence)}</li>`
  )
  return items.length === 0 ? [] : [`<section><h2>Where policies lose</h2><ul>${items.join("\n")}</ul></section>`]
}
