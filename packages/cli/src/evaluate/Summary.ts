/** What recorded runs come to: each policy against immediate on paired seeds, stream by stream and over all streams. */
import * as Experiment from "@edgeol/streams/Experiment"
import * as Comparison from "../Comparison.ts"
import type { Plan } from "./Plan.ts"
import type { Run } from "./Results.ts"

/** What every policy is compared with. */
export const reference = "immediate"

/** Seconds and joules relative (-0.6: 60 % less), accuracies in shares of 1; 95 % intervals over paired seeds. */
export interface Delta {
  readonly seconds: Comparison.Interval
  readonly joules: Comparison.Interval
  readonly accuracy: Comparison.Interval
  readonly seen: Comparison.Interval
  /** As if the process stayed: without what starting one takes. */
  readonly warmSeconds: Comparison.Interval
}
export type Quantity = keyof Delta

export interface Entry {
  readonly runs: number
  readonly rounds: number
  readonly seconds: number
  readonly joules: number
  readonly accuracy: number
  readonly seen: number | null
  readonly deltaAgainstImmediate: Delta | null
}

export type Summary = Readonly<Record<string, Readonly<Record<string, Entry>>>>

type Asked = Pick<Plan, "rounds" | "policies" | "streams">

/** By stream, without its version, and policy; seeds that the reference has too. */
export const summarise = (runs: ReadonlyArray<Run>, plan: Asked): Summary =>
  Object.fromEntries(
    byStream(runs, plan).map(([stream, here]) => {
      const names = plan.policies.filter((policy) => here.some((run) => run.policy === policy))
      return [stream, Object.fromEntries(names.map((policy) => [policy, entry(here, policy)]))]
    })
  )

/** The runs that a plan is about, of each stream's newest version. */
export const byStream = (
  runs: ReadonlyArray<Run>,
  { rounds, policies, streams: asked }: Asked
): ReadonlyArray<readonly [stream: string, runs: ReadonlyArray<Run>]> => {
  const named = new Set(asked.map(unversioned))
  const own = runs.filter(
    (run) => run.rounds === rounds && policies.includes(run.policy) && named.has(unversioned(run.stream))
  )
  const recorded = [...new Set(own.map(({ stream }) => stream))]
  const streams = [...new Set(recorded.map(unversioned))].toSorted()
  return streams.map((stream) => {
    const newest = Experiment.newest(stream, recorded)
    return [stream, own.filter((run) => run.stream === newest)] as const
  })
}

const unversioned = (stream: string) => stream.replace(/@\d+$/, "")

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

const entry = (runs: ReadonlyArray<Run>, policy: string): Entry => {
  const own = runs.filter((run) => run.policy === policy)
  const seen = own.flatMap((run) => (run.seen === null ? [] : [run.seen]))
  return {
    runs: own.length,
    rounds: mean(own.map(({ finished }) => finished)),
    seconds: mean(own.map((run) => run.seconds)),
    joules: mean(own.map(({ joules }) => joules)),
    accuracy: mean(own.map(({ accuracy }) => accuracy)),
    seen: seen.length === 0 ? null : mean(seen),
    deltaAgainstImmediate: delta([...paired(runs, policy).values()])
  }
}

type Changes = Readonly<Record<Quantity, number>>

/** Changes of a policy on one stream, by seeds that the reference has too. */
const paired = (runs: ReadonlyArray<Run>, policy: string): ReadonlyMap<number, Changes> => {
  const others = new Map(runs.flatMap((run) => (run.policy === reference ? [[run.seed, run] as const] : [])))
  return new Map(
    runs.flatMap((run) => {
      const other = run.policy === policy ? others.get(run.seed) : undefined
      return other === undefined ? [] : [[run.seed, changes(run, other)] as const]
    })
  )
}

const changes = (run: Run, other: Run): Changes => ({
  seconds: relative(run.seconds, other.seconds),
  joules: relative(run.joules, other.joules),
  accuracy: run.accuracy - other.accuracy,
  seen: (run.seen ?? NaN) - (other.seen ?? NaN),
  warmSeconds: relative(warm(run), warm(other))
})

const warm = (run: Run) => run.seconds - (run.activities.startUp ?? 0)

const relative = (own: number, other: number) => (own === other ? 0 : own / other - 1)

const quantities = ["seconds", "joules", "accuracy", "seen", "warmSeconds"] as const satisfies ReadonlyArray<Quantity>

const delta = (of: ReadonlyArray<Changes>): Delta | null => {
  if (of.length === 0) return null
  const intervals = quantities.map((quantity) => {
    const interval = quantity === "accuracy" || quantity === "seen" ? Comparison.interval : Comparison.share
    return [quantity, interval(of.map((of) => of[quantity]))]
  })
  return Object.fromEntries(intervals) as Record<Quantity, Comparison.Interval>
}

export interface Mean {
  /** Seeds that every stream has. */
  readonly seeds: number
  readonly delta: Delta | null
}

/**
 * Mean over streams, each with equal weight, of each policy. The interval is over seeds, of a seed's mean over streams:
 * it is about these streams and says nothing of others.
 */
export const means = (runs: ReadonlyArray<Run>, plan: Asked): ReadonlyArray<readonly [policy: string, mean: Mean]> => {
  const streams = byStream(runs, plan)
  const names = plan.policies.filter((policy) => runs.some((run) => run.policy === policy))
  return names.map((policy) => {
    const own = streams.map(([, here]) => paired(here, policy))
    const seeds = [...(own[0]?.keys() ?? [])].filter((seed) => own.every((of) => of.has(seed)))
    return [policy, { seeds: seeds.length, delta: delta(seeds.map((seed) => average(own, seed))) }] as const
  })
}

const average = (streams: ReadonlyArray<ReadonlyMap<number, Changes>>, seed: number): Changes =>
  Object.fromEntries(
    quantities.map((quantity) => [quantity, mean(streams.map((of) => of.get(seed)![quantity]))])
  ) as Record<Quantity, number>
