/** What a run came to: a fold over its tape. */
import type { Entry } from "./Journal.ts"
import * as Ledger from "./Ledger.ts"
import * as Quantiles from "./Quantiles.ts"
import type { Joules, Seconds } from "./Units.ts"
import { joules, seconds } from "./Units.ts"

export interface Summary {
  readonly rounds: number
  /** Optimiser steps. */
  readonly iterations: number
  /** Start-up, load, steps, probes, validation, save and deciding, of all rounds. */
  readonly fineTuningSeconds: Seconds
  /** Joules of the same. */
  readonly joules: Joules
  /** Mean over requests of the serving model's held-out accuracy in the request's scenario. */
  readonly accuracy: number
  /** Mean accuracy over all scenarios met by then, at the few requests where it was measured; `NaN` of none. */
  readonly seenAccuracy: number
  /** Share of requests answered rightly: the same in expectation, noisier. */
  readonly correct: number
  readonly requests: number
  /** From a request's arrival to its answer; within 0.2 %. */
  readonly latencySeconds: { readonly p50: Seconds; readonly p99: Seconds }
  /** Seconds by activity; they add up to the clock. */
  readonly seconds: Ledger.Ledger
}

/** What a summary is made from, as it grows: a simulation writes into it without making a tape. */
export interface Tally {
  rounds: number
  iterations: number
  requests: number
  /** Joules of fine-tuning. */
  joules: number
  /** Sums over requests. */
  accuracy: number
  correct: number
  seen: number
  /** Requests at which `seen` was measured. */
  sights: number
  /** Seconds, in the order of `Ledger.activities`; `NaN` where none were spent. */
  readonly seconds: Float64Array
  readonly latencies: Quantiles.Quantiles
}

export const empty = (): Tally => ({
  rounds: 0,
  iterations: 0,
  requests: 0,
  joules: 0,
  accuracy: 0,
  correct: 0,
  seen: 0,
  sights: 0,
  seconds: new Float64Array(Ledger.activities.length).fill(NaN),
  latencies: Quantiles.make()
})

export const summarise = (tape: Iterable<Entry>): Summary => {
  const tally = empty()
  for (const entry of tape) add(tally, entry)
  return summary(tally)
}

const add = (tally: Tally, { observation, costs, joules: spent, score }: Entry): void => {
  for (const [i, activity] of Ledger.activities.entries()) {
    const more = costs[activity]
    if (more !== undefined) tally.seconds[i] = (tally.seconds[i]! || 0) + more
  }
  tally.joules += spent.fineTuning
  if (observation._tag === "RoundFinished") tally.rounds += 1
  if (observation._tag === "StepFinished") tally.iterations += 1
  if (observation._tag !== "RequestServed") return
  tally.requests += 1
  tally.latencies.add(observation.at - observation.arrivedAt)
  tally.accuracy += score?.accuracy ?? 0
  tally.correct += score?.correct === true ? 1 : 0
  if (score?.seen === undefined) return
  tally.seen += score.seen
  tally.sights += 1
}

export const summary = (tally: Tally): Summary => {
  const ledger = Ledger.add(
    Ledger.empty,
    Ledger.activities.flatMap((activity, i) =>
      Number.isNaN(tally.seconds[i]) ? [] : [Ledger.cost(activity, tally.seconds[i]!)]
    )
  )
  return {
    rounds: tally.rounds,
    iterations: tally.iterations,
    fineTuningSeconds: Ledger.total(ledger, Ledger.fineTuning),
    joules: joules(tally.joules),
    accuracy: tally.accuracy / tally.requests,
    seenAccuracy: tally.seen / tally.sights,
    correct: tally.correct / tally.requests,
    requests: tally.requests,
    latencySeconds: { p50: seconds(tally.latencies.at(0.5)), p99: seconds(tally.latencies.at(0.99)) },
    seconds: ledger
  }
}
