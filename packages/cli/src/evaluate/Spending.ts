/** Where the seconds of fine-tuning go, and what deciding costs of what it saves. */
import * as Ledger from "@edgeol/core/Ledger"
import type { Data } from "plotly.js-dist"
import * as Figure from "../report/Figure.ts"
import * as Palette from "../report/Palette.ts"
import * as SecondsFigure from "../report/SecondsFigure.ts"
import * as Text from "../report/Text.ts"
import type { Run } from "./Results.ts"
import * as Summary from "./Summary.ts"

const deciding = ["probe", "validation", "policy", "head"] as const satisfies ReadonlyArray<Ledger.Activity>

/** Mean over runs, s. */
const spent = (runs: ReadonlyArray<Run>, activity: Ledger.Activity) =>
  Text.mean(runs.map(({ activities }) => activities[activity] ?? 0))

/** Activities that can be seen: a hundredth of some policy's fine-tuning on some stream. */
export const visible = (runs: ReadonlyArray<Run>): ReadonlyArray<Ledger.Activity> =>
  Ledger.fineTuning.filter((activity) =>
    runs.some(({ activities, seconds }) => (activities[activity] ?? 0) > 0.01 * seconds)
  )

const ofPolicy = (runs: ReadonlyArray<Run>, name: string) => runs.filter(({ policy }) => policy === name)

/** Bars of one stream's policies, on the activities that are visible on any. */
export const figure = (
  runs: ReadonlyArray<Run>,
  policies: ReadonlyArray<string>,
  activities: ReadonlyArray<Ledger.Activity>,
  where: string
): Figure.Figure => {
  const own = policies.flatMap((name) => {
    const of = ofPolicy(runs, name)
    return of.length === 0 ? [] : [[name, of] as const]
  })
  const words = own.map(([name, of]) => `${name} ${Text.seconds(Text.mean(of.map(({ seconds }) => seconds)))}`)
  return {
    label: `Seconds of fine-tuning, mean over seeds, ${where}: ${words.join(", ")}.`,
    keys: activities.map((activity) => ({
      text: SecondsFigure.words[activity],
      color: Palette.activity[activity],
      mark: "box"
    })),
    data: activities.map((activity) => bars(activity, own)),
    layout: Figure.layout(80 + 22 * own.length, {
      barmode: "stack",
      bargap: 0.3,
      margin: { l: 18 + 8 * Math.max(0, ...own.map(([name]) => name.length)), r: 12, t: 8, b: 44 },
      xaxis: { title: { text: "seconds of fine-tuning", standoff: 8 }, zeroline: false },
      yaxis: { autorange: "reversed", ticklabelstandoff: 4 }
    })
  }
}

const bars = (
  activity: Ledger.Activity,
  own: ReadonlyArray<readonly [name: string, runs: ReadonlyArray<Run>]>
): Data => ({
  type: "bar",
  orientation: "h",
  name: SecondsFigure.words[activity],
  x: Figure.short(own.map(([, runs]) => spent(runs, activity))),
  y: own.map(([name]) => name),
  marker: { color: Palette.activity[activity] },
  hovertemplate: "%{x:.3~g} s"
})

export interface Deciding {
  /** Probes, validation, policy and fast head, mean over the seeds that immediate has too, s. */
  readonly seconds: number
  /** Of immediate's fine-tuning, with deciding already paid, s. */
  readonly saved: number
}

/** What deciding costs a policy on one stream. */
export const decided = (runs: ReadonlyArray<Run>, policy: string): Deciding => {
  const others = ofPolicy(runs, Summary.reference)
  const own = ofPolicy(runs, policy).filter(({ seed }) => others.some((other) => other.seed === seed))
  const base = others.filter(({ seed }) => own.some((run) => run.seed === seed))
  const seconds = (of: ReadonlyArray<Run>) => Text.mean(of.map((run) => run.seconds))
  return {
    seconds: deciding.reduce((sum, activity) => sum + spent(own, activity), 0),
    saved: seconds(base) - seconds(own)
  }
}

/** `0.21 s for 12.4 s (1.7 %)`. */
export const words = ({ seconds, saved }: Deciding): string => {
  if (!Number.isFinite(seconds)) return Text.seconds(NaN)
  if (saved <= 0) return `${Text.seconds(seconds)}, none saved`
  return `${Text.seconds(seconds)} for ${Text.seconds(saved)} (${Text.percent(seconds / saved)})`
}
