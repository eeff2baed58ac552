/**
 * Time saved as a function of the share of an immediate round that is fixed: what it takes before the first step and
 * after the last (start-up, load, save). With `p` that share, and `V`, `F` all other and fixed seconds of a policy and
 * `V₀`, `F₀` of immediate on the same seed, the time is `(1 − p) V / V₀ + p F / F₀` of immediate's: a straight line, on
 * which cold and warm rounds are two points. It holds as long as a policy decides alike whatever a round costs.
 */
import type * as Ledger from "@edgeol/core/Ledger"
import type { Data } from "plotly.js-dist"
import * as Figure from "../report/Figure.ts"
import * as Palette from "../report/Palette.ts"
import * as Text from "../report/Text.ts"
import type { Run } from "./Results.ts"
import * as Summary from "./Summary.ts"

const fixed = ["startUp", "load", "save"] as const satisfies ReadonlyArray<Ledger.Activity>

interface Parts {
  readonly fixed: number
  readonly other: number
  readonly startUp: number
}

const parts = ({ activities, seconds }: Run): Parts => {
  const spent = fixed.reduce((sum, activity) => sum + (activities[activity] ?? 0), 0)
  return { fixed: spent, other: seconds - spent, startUp: activities.startUp ?? 0 }
}

/** What a policy saves of immediate's time, paired by seed, when none and when all of it is fixed. */
export interface Line {
  readonly policy: string
  readonly atNone: number
  readonly atAll: number
}

export interface Curve {
  /** Fixed shares of immediate's rounds, as measured cold and without start-up. */
  readonly cold: number
  readonly warm: number
  readonly lines: ReadonlyArray<Line>
}

/** Of one stream's runs; policies without a seed in common with immediate have no line. */
export const curve = (runs: ReadonlyArray<Run>, policies: ReadonlyArray<string>): Curve => {
  const own = (name: string) => runs.filter(({ policy }) => policy === name)
  const base = new Map(own(Summary.reference).map((run) => [run.seed, parts(run)]))
  const share = (of: (parts: Parts) => number) => Text.mean([...base.values()].map(of))
  return {
    cold: share(({ fixed, other }) => fixed / (fixed + other)),
    warm: share(({ fixed, other, startUp }) => (fixed - startUp) / (fixed - startUp + other)),
    lines: policies.flatMap((policy) => {
      const pairs = own(policy).flatMap((run) => {
        const other = base.get(run.seed)
        return other === undefined ? [] : [[parts(run), other] as const]
      })
      const saved = (part: "fixed" | "other") => Text.mean(pairs.map(([a, b]) => 1 - a[part] / b[part]))
      return pairs.length === 0 ? [] : [{ policy, atNone: saved("other"), atAll: saved("fixed") }]
    })
  }
}

export const saved = ({ atNone, atAll }: Line, share: number): number => atNone + share * (atAll - atNone)

/** As many as the eye tells apart by colour; the others are grey. */
const coloured = 7

const colour = (i: number) => Palette.policy(i < coloured ? i + 1 : 0)

/** `policies` without the reference. */
export const figure = (runs: ReadonlyArray<Run>, policies: ReadonlyArray<string>, where: string): Figure.Figure => {
  const { cold, warm, lines } = curve(runs, policies)
  const words = lines.map(
    (line) => `${line.policy} ${[0, warm, cold, 1].map((share) => Text.percent(saved(line, share))).join(", ")}`
  )
  return {
    label: `Time saved when none of a round is fixed, in warm rounds (${Text.percent(warm)} fixed), in cold ones (${Text.percent(cold)}), and when all is, ${where}: ${words.join("; ")}.`,
    keys: [
      ...policies.slice(0, coloured).map((text, i): Figure.Key => ({ text, color: colour(i), mark: "line" })),
      ...(policies.length > coloured ? [{ text: "others", color: colour(coloured), mark: "line" } as const] : [])
    ],
    data: lines.map((line) => drawn(line, policies.indexOf(line.policy), [0, warm, cold, 1])).toReversed(),
    layout: Figure.layout(320, {
      margin: { l: 66, r: 12, t: 24, b: 44 },
      ...marks([
        ["warm", warm],
        ["cold", cold]
      ]),
      xaxis: {
        title: { text: "fixed share of a round", standoff: 8 },
        tickformat: ".0%",
        range: [0, 1],
        zeroline: false
      },
      yaxis: { title: { text: "time saved", standoff: 8 }, tickformat: ".0%", ticklabelstandoff: 4 }
    })
  }
}

const drawn = (line: Line, i: number, shares: ReadonlyArray<number>): Data => ({
  type: "scatter",
  mode: "lines+markers",
  name: line.policy,
  x: Figure.short(shares),
  y: Figure.short(shares.map((share) => saved(line, share))),
  line: { width: i < coloured ? 2.5 : 1, color: colour(i) },
  marker: { size: [0, 7, 7, 0] }
})

const marks = (of: ReadonlyArray<readonly [text: string, x: number]>) => ({
  shapes: of.map(([, x]) => ({
    type: "line" as const,
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    yref: "paper" as const,
    line: { width: 1, dash: "dot" as const, color: "#7d8590" }
  })),
  annotations: of.map(([text, x]) => ({
    x,
    y: 1,
    yref: "paper" as const,
    yanchor: "bottom" as const,
    text,
    showarrow: false
  }))
})
