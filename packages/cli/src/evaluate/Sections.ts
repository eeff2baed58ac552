/** The figures of an evaluation, section by section. */
import * as Document from "../report/Document.ts"
import * as Html from "../report/Html.ts"
import * as Columns from "./Columns.ts"
import * as FixedShare from "./FixedShare.ts"
import * as Forest from "./Forest.ts"
import * as Frontier from "./Frontier.ts"
import type { Plan } from "./Plan.ts"
import * as Price from "./Price.ts"
import type { Run } from "./Results.ts"
import * as Spending from "./Spending.ts"
import * as Summary from "./Summary.ts"

/** What is drawn. */
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

/** In a page's order. */
export const sections = (of: Evaluation) => ({
  overall: overall(of),
  streams: of.streams.map(([stream, own], i) => onStream(of, stream, own, i)),
  frontiers: frontiers(of),
  prices: prices(of),
  shares: shares(of),
  seen: seen(of),
  seconds: seconds(of)
})

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
      Html.table(`Means over seeds, and changes against immediate, on ${stream}`, Columns.entry, policies)
    )
  }
}

/** A panel for each stream. */
const panels = (
  { streams, summary }: Evaluation,
  id: string,
  draw: (stream: string, runs: ReadonlyArray<Run>, deltas: Frontier.Deltas) => Document.Placed["figure"],
  caption: (deltas: Frontier.Deltas) => string = () => ""
) =>
  streams.flatMap(([stream, runs], i) => {
    const deltas = deltasOf(summary[stream]!)
    return deltas.length === 0
      ? []
      : [Document.place(`${id}-${i}`, draw(stream, runs, deltas), caption(deltas), stream)]
  })

const frontiers = (of: Evaluation): Document.Section => ({
  heading: "Accuracy against time saved",
  before: '<p class="note">Lines through the points are 95 % intervals. Immediate is at zero.</p>',
  parts: panels(of, "frontier", (stream, _, deltas) => Frontier.figure(deltas, `on ${stream}`), Frontier.caption),
  after: ""
})

/** Where BreakEven ran at more than one price. */
const prices = (of: Evaluation): Document.Section => ({
  heading: "What the price of a wrong answer buys",
  before: '<p class="note">The one knob of breakEven: the joules that a wrong answer is worth.</p>',
  parts: of.streams.flatMap(([stream], i) => {
    const deltas = deltasOf(of.summary[stream]!)
    if (Price.prices(deltas).length < 2) return []
    return [Document.place(`price-${i}`, Price.figure(deltas, `on ${stream}`), "", stream)]
  }),
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
