/** When rounds ran, and how much of the model they kept frozen. */
import type { Data } from "plotly.js-dist"
import type { Tape } from "../Tape.ts"
import * as Figure from "./Figure.ts"
import * as Palette from "./Palette.ts"
import * as Series from "./Series.ts"
import * as Text from "./Text.ts"

/** Most bars in a row: where rounds come closer, neighbours become one bar of their mean depth. */
const most = 300

/** Most runs of each policy: the first ones; the numbers of the others are in the table of runs. */
const shown = 4

export const caption =
  "Each bar is a round, in a row for its run, policies from the top in the order of the key; a row without bars is a run without rounds. " +
  "The pale lower part is the share of the model\u2019s units that kept their weights."

const rowHeight = 0.8

interface Row {
  readonly p: number
  readonly seed: number
  /** Whether it is the first of its policy. */
  readonly first: boolean
  readonly units: number
  readonly rounds: ReadonlyArray<Series.Round>
}

/** A row for each run, a bar for each round: its lower part are the units that kept their weights. */
export const figure = (tapes: ReadonlyArray<Tape>): Figure.Figure => {
  const policies = Figure.byPolicy(tapes)
  const least = Figure.until(tapes) / most
  const rows = policies.flatMap(([, own], p) => own.slice(0, shown).map((tape, i) => row(tape, p, i === 0, least)))
  const places = placed(rows)
  return {
    label: label(policies),
    keys: [
      { text: "frozen units", color: Palette.frozen, mark: "box" },
      ...Figure.keys(policies, "box", (name) => `trained units, ${name}`)
    ],
    data: rows.flatMap((row, i) => bars(row, places[i]!, least)),
    layout: Figure.layout(80 + 30 * rows.length + 16 * policies.length, {
      ...Figure.borderLines(tapes),
      barmode: "overlay",
      xaxis: Figure.timeAxis(tapes),
      yaxis: {
        ticklabelstandoff: 4,
        tickvals: places.map((y) => y + rowHeight / 2),
        ticktext: rows.map(({ seed }) => `seed ${seed}`),
        range: [-0.15, (places[0] ?? 0) + rowHeight + 0.15],
        showgrid: false,
        zeroline: false
      }
    })
  }
}

const row = ({ header, entries }: Tape, p: number, first: boolean, span: number): Row => {
  const units = header.units.length
  return { p, seed: header.seed, first, units, rounds: Series.together(Series.rounds(entries, units), span) }
}

/** Where rows begin, downwards, with a gap between policies. */
const placed = (rows: ReadonlyArray<Row>) => {
  let y = 0
  const upwards = rows.toReversed().map(({ first }) => {
    const here = y
    y += first ? 1.5 : 1
    return here
  })
  return upwards.toReversed()
}

/** What a row keeps and, above it, what it trains; a round is drawn no narrower than `least`, s. */
const bars = ({ p, units, rounds }: Row, y: number, least: number): ReadonlyArray<Data> => {
  const kept = rounds.map(({ frozen }) => (rowHeight * frozen) / units)
  const box = {
    type: "bar" as const,
    x: Figure.times(rounds.map(({ from, to }) => (from + Math.max(to, from + least)) / 2)),
    width: Figure.times(rounds.map(({ from, to }) => Math.max(to - from, least))),
    customdata: rounds.map(({ steps, frozen }) => [Text.count(steps), Text.number(frozen), units]),
    hovertemplate: "%{customdata[0]} steps, %{customdata[1]} of %{customdata[2]} units frozen<extra></extra>"
  }
  const part = (base: ReadonlyArray<number>, heights: ReadonlyArray<number>, color: string): Data => ({
    ...box,
    base: Figure.times(base),
    y: Figure.short(heights),
    marker: { color, line: { width: 0 } }
  })
  return [
    part(
      kept.map(() => y),
      kept,
      Palette.frozen
    ),
    part(
      kept.map((below) => y + below),
      kept.map((below) => rowHeight - below),
      Palette.policy(p)
    )
  ]
}

const label = (policies: Figure.Policies) => {
  const each = policies.map(([name, own]) => {
    const units = own[0]!.header.units.length
    const runs = own.map(({ entries }) => Series.rounds(entries, units))
    const frozen = Text.number(Text.mean(runs.flat().map((round) => round.frozen)))
    const rounds = Text.count(Text.mean(runs.map((run) => run.length)))
    return `${name} ran ${rounds} rounds with ${frozen} of ${units} units frozen on average`
  })
  return `When rounds ran, means over seeds: ${each.join("; ")}.`
}
