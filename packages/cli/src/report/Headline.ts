/** What a comparison came to, in one sentence. */
import type { Comparison, Interval } from "../Comparison.ts"
import * as Text from "./Text.ts"

export type Meter = "measured" | "modelled"

/** About the last policy compared with the reference; of a single policy, what it came to. */
export const headline = (comparison: Comparison, meter: Meter): string => {
  const policies = Object.entries(comparison.policies)
  const [name, policy] = policies.findLast(([name]) => name !== comparison.reference) ?? policies[0] ?? []
  if (name === undefined || policy === undefined) return "No runs."
  if (policy.change === null || name === comparison.reference) return alone(name, policy.runs, meter)
  const { fineTuningSeconds, joules, accuracy } = policy.change
  const time = Text.moreOrLess(fineTuningSeconds, "fine-tuning time")
  const energy = Text.moreOrLess(joules, "energy")
  const pairs = Text.plural(policy.runs.length, "seed")
  return (
    `${name}: ${time}, ${energy} (${meter}), ${Text.points(accuracy)} of accuracy${range(accuracy)} ` +
    `against ${comparison.reference} over ${pairs}.`
  )
}

const range = ({ low, high }: Interval) =>
  low === null || high === null ? "" : ` (95 % interval ${Text.between(low, high)})`

const alone = (name: string, runs: Comparison["policies"][string]["runs"], meter: Meter) => {
  const mean = (of: (run: (typeof runs)[number]) => number) => Text.mean(runs.map(of))
  const spent = `${Text.seconds(mean((run) => run.fineTuningSeconds))} of fine-tuning`
  const energy = `${Text.joules(mean((run) => run.joules))} (${meter})`
  const accuracy = `${Text.percent(mean((run) => run.accuracy))} accuracy`
  return `${name}: ${Text.count(mean((run) => run.rounds))} rounds, ${spent}, ${energy}, ${accuracy} over ${Text.plural(runs.length, "seed")}.`
}
