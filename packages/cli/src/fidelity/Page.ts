/** The fidelity card as one self-contained page. */
import * as Document from "../report/Document.ts"
import * as Html from "../report/Html.ts"
import * as Text from "../report/Text.ts"
import type { Card, Entry } from "./Card.ts"
import * as Drawings from "./Drawings.ts"
import * as Measure from "./Measure.ts"
import type * as Score from "./Score.ts"
import * as Table from "./Table.ts"

/** `without`: streams that were emulated, and have no surrogate. */
export const page = (card: Card, without: ReadonlyArray<string> = []): string => {
  const streams = Object.entries(card).map(section)
  const content = [
    `<h1>${title}</h1>`,
    `<p class="headline">${Html.escape(headline(card))}</p>`,
    ...[...explained, ...Table.notes(without)].map((note) => `<p>${Html.escape(note)}</p>`),
    ...streams.map(({ html }) => html),
    Document.noScript,
    footer
  ]
  return Document.document(
    title,
    content,
    streams.flatMap(({ drawings }) => drawings)
  )
}

const title = "Fidelity card of the simulator"

const footer = "<footer>Made by edgeol fidelity sim. Figures: plotly.js, copyright Plotly, Inc., MIT licence.</footer>"

const explained: ReadonlyArray<string> = [
  "Emulated: real training, on the clock and joules of a modelled device. Simulated: a surrogate in place of the training, the same arrivals, costs and policy. Both charge the same cost model, the seconds of the computer where costs were recorded, so policies that do the same whatever is learnt cost exactly the same in both; figures of the others are given apart.",
  "Errors of seconds, joules and rounds are relative, those of accuracy are points. Rankings: Kendall's tau of the policies' means over seeds, over all pairs and over those whose real differences, paired by seed, are beyond their 95 % intervals."
]

export const headline = (card: Card): string => {
  const streams = Object.values(card)
  const worst = (measure: Measure.Measure) =>
    Table.size(
      measure,
      Math.max(...streams.map(({ measures }) => (measures[measure].adaptive ?? measures[measure].all).median))
    )
  const taus = streams.flatMap(({ ranking }) => [
    ranking.seconds.tauDecided,
    ranking.joules.tauDecided,
    ranking.accuracy.tauDecided
  ])
  const known = taus.filter((tau) => tau !== null)
  const ranked =
    known.length === 0
      ? "too few seeds to say how policies rank"
      : `Kendall's tau at least ${Table.tau(Math.min(...known))} where seeds tell policies apart`
  return (
    `On ${Text.plural(streams.length, "stream")}, where cost depends on what is learnt, median errors are at most ` +
    `${worst("seconds")} of seconds, ${worst("joules")} of joules and ${worst("accuracy")} of accuracy; ${ranked}.`
  )
}

const section = ([stream, entry]: readonly [string, Entry], s: number) => {
  const scatters = Measure.measures.map((measure) =>
    Document.place(`runs-${s}-${measure}`, Drawings.scatter(entry, measure), "", Drawings.titles[measure])
  )
  const rankings = (["seconds", "joules", "accuracy"] as const).map((measure) => {
    const above = `Policies by ${Drawings.titles[measure]}`
    return Document.place(`ranking-${s}-${measure}`, Drawings.ranking(entry, measure), "", above)
  })
  const html = [
    `<h2>${Html.escape(stream)}</h2>`,
    `<p>${Html.escape(Table.about(entry))}</p>`,
    ...remarks(entry).map((remark) => `<p>${Html.escape(remark)}</p>`),
    figures(entry),
    ranks(entry),
    Html.legend(Drawings.keys(entry)),
    panels(scatters),
    Html.legend(Drawings.rankingKeys),
    panels(rankings)
  ].join("\n")
  return { html, drawings: [...scatters, ...rankings] }
}

const panels = (placed: ReadonlyArray<Document.Placed>) =>
  `<div class="panels">${placed.map(({ html }) => html).join("\n")}</div>`

const remarks = ({ left, outside, real, speed }: Entry): ReadonlyArray<string> => [
  ...grouped(left).map(([why, policies]) => `Not on the card: ${policies}, for ${why}.`),
  ...grouped(outside).map(([why, policies]) => `The surrogate guesses at ${policies}: it was not fitted on ${why}.`),
  real === null
    ? "No runs on the wall clock were given (--real), so there is no column of them."
    : `Runs on the wall clock: ${real.runs}.`,
  speed === null
    ? "How much faster simulating is was not measured (--speed)."
    : `Simulating a run of ${speed.policy} takes ${Text.seconds(speed.simulated)} of the processor and emulating it ${Text.seconds(speed.emulated)}: ${Text.count(speed.times)} times as much.`
]

const grouped = (said: Entry["left"]): ReadonlyArray<readonly [string, string]> =>
  [...Map.groupBy(said, ({ why }) => why)].map(([why, all]) => [why, all.map(({ policy }) => policy).join(", ")])

interface Row {
  readonly measure: Measure.Measure
  readonly of: string
  readonly figures: Omit<Score.Figures, "coverage90"> & Partial<Score.Figures>
}

const figures = ({ measures, real }: Entry) => {
  const rows = Measure.measures.flatMap((measure): ReadonlyArray<Row> => {
    const { all, adaptive } = measures[measure]
    return [
      { measure, of: "", figures: all },
      ...(adaptive === null ? [] : [{ measure, of: ", where cost depends on what is learnt", figures: adaptive }]),
      ...(real === null
        ? []
        : [
            { measure, of: ", emulated against real", figures: real.emulated[measure] },
            { measure, of: ", simulated against real", figures: real.simulated[measure] }
          ])
    ]
  })
  const error = (title: string, name: "median" | "p90" | "bias") => ({
    title: [title, ""] as const,
    cell: ({ measure, figures }: Row) => Table.size(measure, figures[name])
  })
  return Html.table(
    "Simulated against emulated, run by run",
    [
      { title: ["", ""], cell: ({ measure, of }: Row) => `${Drawings.titles[measure]}${of}` },
      { title: ["runs", ""], cell: ({ figures }: Row) => Text.count(figures.runs) },
      error("median error", "median"),
      error("nine in ten below", "p90"),
      error("bias", "bias"),
      { title: ["90 % intervals hold", ""], cell: ({ figures }: Row) => Text.percent(figures.coverage90 ?? NaN) }
    ],
    rows
  )
}

const ranks = ({ ranking }: Entry) =>
  Html.table(
    "Ranking of policies, Kendall's tau",
    [
      { title: ["", ""], cell: (measure: Measure.Measure) => Drawings.titles[measure] },
      { title: ["over all pairs", ""], cell: (measure) => over(ranking[measure].tau, ranking[measure].pairs) },
      {
        title: ["over pairs that seeds tell apart", ""],
        cell: (measure) => over(ranking[measure].tauDecided, ranking[measure].decided)
      }
    ],
    Measure.measures
  )

const over = (tau: number | null, pairs: number) => `${Table.tau(tau)} (${Text.plural(pairs, "pair")})`
