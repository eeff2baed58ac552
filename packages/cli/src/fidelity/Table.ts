/** The fidelity card for a terminal, and the words that it shares with the page. */
import * as Text from "../report/Text.ts"
import type { Card, Entry } from "./Card.ts"
import * as Measure from "./Measure.ts"
import type * as Score from "./Score.ts"

/** Errors of accuracy are points, the others shares. */
export const size = (measure: Measure.Measure, error: number): string =>
  measure === "accuracy" ? Text.number(100 * error).concat(" points") : Text.percent(error)

export const tau = (value: number | null): string => (value === null ? "none" : value.toFixed(2).replace("-", "\u2212"))

export const line = (measure: Measure.Measure, { median, p90, bias, coverage90 }: Score.Figures): string =>
  `median ${size(measure, median)}, nine in ten below ${size(measure, p90)}, bias ${size(measure, bias)}, 90 % intervals hold ${Text.percent(coverage90)}`

export const table = (card: Card, without: ReadonlyArray<string>): string =>
  [...Object.entries(card).map(stream), ...notes(without)].join("\n\n")

const stream = ([name, entry]: readonly [string, Entry]) =>
  [
    `${name}: ${about(entry)}`,
    ...Measure.measures.flatMap((measure) => {
      const { all, adaptive } = entry.measures[measure]
      const { tau: over, tauDecided, decided, pairs } = entry.ranking[measure]
      return [
        `  ${measure}: ${line(measure, all)}`,
        ...(adaptive === null ? [] : [`    where cost depends on what is learnt: ${line(measure, adaptive)}`]),
        `    Kendall's tau ${tau(over)} over ${pairs} pairs of policies, ${tau(tauDecided)} over the ${decided} that seeds tell apart`
      ]
    }),
    ...(entry.speed === null
      ? []
      : [`  simulating ${entry.speed.policy} is ${Text.count(entry.speed.times)} times faster than emulating it`])
  ].join("\n")

/** What was compared with what, in a sentence or two. */
export const about = ({ runs, policies, seeds, starts, fitted, draws, rounds, device }: Entry): string => {
  const told = starts.length
  return (
    `${Text.plural(runs.length, "run")} of ${policies.length} policies on ${Text.plural(seeds.length, "seed")} that the surrogate was not ` +
    `fitted on (${fitted.runs} runs by lot, ${fitted.seeds.length} other seeds), ${rounds} rounds, joules of ${device}. ` +
    (told === 0
      ? "It was told nothing of these seeds but their arrivals"
      : `Of ${told} of these seeds it was told how the deployed model does on each scenario`) +
    `; each run is foretold by ${draws} draws.`
  )
}

export const notes = (without: ReadonlyArray<string>): ReadonlyArray<string> =>
  without.length === 0
    ? []
    : [`Without a surrogate, so not on the card: ${without.join(", ")}; edgeol atlas makes one.`]
