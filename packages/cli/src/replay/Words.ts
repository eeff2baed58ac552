/** A replay for a terminal. */
import { type Activity, fineTuning } from "@edgeol/core/Ledger"
import type * as Corrections from "@edgeol/sim/replay/Corrections"
import * as Measure from "../fidelity/Measure.ts"
import type * as Score from "../fidelity/Score.ts"
import * as Text from "../report/Text.ts"
import type * as Bounds from "./Bounds.ts"
import type * as Counterfactual from "./Counterfactual.ts"
import type * as Reproduce from "./Reproduce.ts"

export const reproduced = ({
  policy,
  observations,
  decisions,
  fingerprint
}: Reproduce.Reproduced): ReadonlyArray<string> => [
  `${policy} decides again as on the tape: ${Text.plural(observations, "observation")}, ${Text.plural(decisions, "decision")}.`,
  `Fingerprint ${fingerprint}.`
]

/** Of each activity: how often, what was said, what was, and the robust ratio of both. */
export const costs = (against: string, corrections: Corrections.Corrections): ReadonlyArray<string> => {
  const rows = Object.entries(corrections).map(([activity, { count, said, was, factor, low, high }]) => [
    activity,
    Text.count(count),
    Text.seconds(said),
    Text.seconds(was),
    low === null || high === null
      ? Text.number(factor)
      : `${Text.number(factor)} [${Text.number(low)}, ${Text.number(high)}]`
  ])
  const billed = fineTuning.flatMap((activity) => corrections[activity] ?? [])
  const [said, was] = [total(billed, "said"), total(billed, "was")]
  return [
    `Seconds by activity, as ${against} has it and as the tape has it; the ratio is a median over rounds, with its 90 % interval:`,
    ...aligned([
      ["", "times", "profile", "tape", "ratio"],
      ...rows,
      ["fine-tuning", "", Text.seconds(said), Text.seconds(was), Text.number(was / said)]
    ])
  ]
}

const total = (all: ReadonlyArray<Corrections.Correction>, of: "said" | "was") =>
  all.reduce((sum, one) => sum + one[of], 0)

export const counterfactual = (told: Counterfactual.Counterfactual, own: string): ReadonlyArray<string> => [
  told.kind === "real"
    ? `How far learning it again is off, on ${own} itself (real training, on the device as it is best known):`
    : `How far the model is off, on ${own} itself (90 % intervals of ${told.draws} draws):`,
  ...aligned([
    ["", "measured", told.kind === "real" ? "learnt again" : "foretold"],
    ...Measure.measures.map((measure) => [
      measure,
      shown(measure, told.measured[measure]),
      interval(measure, told.own[measure])
    ])
  ]),
  "",
  `${told.policy} in place of ${own}, on the same arrivals and device${samples(told)}:`,
  ...aligned([
    ["", told.kind === "real" ? "learnt" : "foretold", "difference", ""],
    ...Measure.measures.map((measure) => [
      measure,
      interval(measure, told.other[measure]),
      difference(measure, told.difference[measure]),
      share(measure, told)
    ])
  ]),
  "",
  "What this tape cannot tell:",
  ...told.cannot.map((sentence) => `- ${sentence}`)
]

const samples = ({ kind, draws }: Counterfactual.Counterfactual) => {
  if (kind !== "real") return ""
  const often = draws === 1 ? "real training" : `real training, 90 % intervals of ${draws} runs`
  return `, and the same samples (${often})`
}

export const bounded = (policy: string, { seconds, joules }: Bounds.Bounds): string =>
  `${policy} comes to ${Text.seconds(seconds[0])} and ${Text.joules(joules[0])} where it never trains, and to ${Text.seconds(seconds[1])} and ${Text.joules(joules[1])} at most, with a round for each batch.`

const unknown = "cannot be told"

const shown = (measure: Measure.Measure, value: number | null): string => {
  if (value === null) return "not measured"
  if (measure === "accuracy") return Text.percent(value)
  if (measure === "rounds") return Text.count(Math.round(value * 10) / 10)
  return measure === "seconds" ? Text.seconds(value) : Text.joules(value)
}

const interval = (measure: Measure.Measure, told: Score.Foretold | null): string =>
  told === null ? unknown : bounds(shown(measure, told.value), shown(measure, told.low), shown(measure, told.high))

const bounds = (value: string, low: string, high: string) => (low === high ? value : `${value} [${low}, ${high}]`)

const difference = (measure: Measure.Measure, told: Score.Foretold | null): string => {
  if (told === null) return unknown
  const { value: mean, low, high } = told
  if (measure !== "accuracy") return interval(measure, told)
  return bounds(
    Text.points({ mean, low, high }),
    Text.points({ mean: low, low, high }),
    Text.points({ mean: high, low, high })
  )
}

/** Against what was measured. */
const share = (measure: Measure.Measure, { measured, difference: told }: Counterfactual.Counterfactual): string => {
  const [was, by] = [measured[measure], told[measure]]
  if (measure === "accuracy" || was === null || by === null || was === 0) return ""
  const { value, low, high } = by
  const ends = low === high ? { low: null, high: null } : { low: low / was, high: high / was }
  return `${Text.change({ mean: value / was, ...ends })} %`
}

const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd()
  )
}

/** Activities in words: `probe and validation`. */
export const listed = (all: ReadonlyArray<Activity>) => all.join(", ").replace(/, ([^,]*)$/, " and $1")
