/** What of a run is compared. */
import type { Summary } from "@edgeol/core/Summary"

/** Seconds and joules of fine-tuning, finished rounds, and mean accuracy over requests. */
export const measures = ["seconds", "joules", "rounds", "accuracy"] as const
export type Measure = (typeof measures)[number]

export type Values = Readonly<Record<Measure, number>>

export const of = ({ fineTuningSeconds, joules, rounds, accuracy }: Summary): Values => ({
  seconds: fineTuningSeconds,
  joules,
  rounds,
  accuracy
})

/** What this gives for each measure. */
export const each = <A>(give: (measure: Measure) => A): Readonly<Record<Measure, A>> => ({
  seconds: give("seconds"),
  joules: give("joules"),
  rounds: give("rounds"),
  accuracy: give("accuracy")
})

/** Accuracies differ by shares of 1, the others relative to what was; something where nothing was is an error of 1. */
export const error = (measure: Measure, foretold: number, was: number): number => {
  if (measure === "accuracy") return foretold - was
  if (was === 0) return foretold === 0 ? 0 : 1
  return foretold / was - 1
}
