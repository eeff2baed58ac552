/** Policies against a reference on paired seeds: the same stream, the same weather, another policy. */
import type { Summary } from "@edgeol/core/Summary"
import quantile from "@stdlib/stats-base-dists-t-quantile"

export interface Run extends Omit<Summary, "seconds" | "correct" | "seenAccuracy"> {
  readonly seed: number
}

/** Mean of the paired changes and its 95 % interval (Student's t); without spread to judge by, `low` and `high` are null. */
export interface Interval {
  readonly mean: number
  readonly low: number | null
  readonly high: number | null
}

export interface Comparison {
  readonly reference: string
  readonly policies: {
    readonly [name: string]: {
      readonly runs: ReadonlyArray<Run>
      /** Against the reference: seconds and joules as a share of its own (-0.6: 60 % less), accuracy as a difference. */
      readonly change: {
        readonly fineTuningSeconds: Interval
        readonly joules: Interval
        readonly accuracy: Interval
      } | null
    }
  }
}

/** The runs of each policy, in any order of seeds. `change` is null where the reference has not run. */
export const compare = (runs: Readonly<Record<string, ReadonlyArray<Run>>>, reference = "immediate"): Comparison => {
  const baseline = runs[reference]
  const policies = Object.entries(runs).map(([name, own]) => {
    const pairs = own.flatMap((run) => {
      const other = baseline?.find(({ seed }) => seed === run.seed)
      return other === undefined ? [] : [[run, other] as const]
    })
    return [name, { runs: own, change: pairs.length === 0 ? null : changes(pairs) }] as const
  })
  return { reference, policies: Object.fromEntries(policies) }
}

const changes = (pairs: ReadonlyArray<readonly [own: Run, reference: Run]>) => ({
  fineTuningSeconds: share(pairs.map(([own, other]) => relative(own.fineTuningSeconds, other.fineTuningSeconds))),
  joules: share(pairs.map(([own, other]) => relative(own.joules, other.joules))),
  accuracy: interval(pairs.map(([own, other]) => own.accuracy - other.accuracy))
})

const relative = (own: number, reference: number) => (own === reference ? 0 : own / reference - 1)

/** Mean and 95 % interval of the mean of independent differences. */
export const interval = (differences: ReadonlyArray<number>): Interval => {
  const n = differences.length
  const mean = differences.reduce((sum, value) => sum + value, 0) / n
  if (n < 2) return { mean, low: null, high: null }
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  const half = quantile(0.975, n - 1) * Math.sqrt(variance / n)
  return { mean, low: mean - half, high: mean + half }
}

/**
 * The same of relative changes of what is never negative: nothing can be more than all less, so an interval that reaches
 * below -1 ends there and holds the mean as often.
 */
export const share = (changes: ReadonlyArray<number>): Interval => {
  const { mean, low, high } = interval(changes)
  return { mean, low: low === null ? null : Math.max(-1, low), high }
}

/** A run's line in a comparison. */
export const run = (seed: number, summary: Summary): Run => ({
  seed,
  rounds: summary.rounds,
  iterations: summary.iterations,
  fineTuningSeconds: summary.fineTuningSeconds,
  joules: summary.joules,
  accuracy: summary.accuracy,
  requests: summary.requests,
  latencySeconds: summary.latencySeconds
})
