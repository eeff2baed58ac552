/** What a run came to: a fold over its tape. */
import type { Entry } from "./Journal.ts"
import * as Ledger from "./Ledger.ts"
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
  /** Share of requests answered rightly: the same in expectation, noisier. */
  readonly correct: number
  readonly requests: number
  /** From a request's arrival to its answer. */
  readonly latencySeconds: { readonly p50: Seconds; readonly p99: Seconds }
  /** Seconds by activity; they add up to the clock. */
  readonly seconds: Ledger.Ledger
}

export const summarise = (tape: Iterable<Entry>): Summary => {
  const latencies: Array<number> = []
  let [rounds, iterations, energy, accuracy, correct] = [0, 0, 0, 0, 0]
  let ledger = Ledger.empty
  for (const { observation, costs, joules: spent, score } of tape) {
    ledger = Ledger.merge(ledger, costs)
    energy += spent.fineTuning
    if (observation._tag === "RoundFinished") rounds += 1
    if (observation._tag === "StepFinished") iterations += 1
    if (observation._tag === "RequestServed") latencies.push(observation.at - observation.arrivedAt)
    accuracy += score?.accuracy ?? 0
    correct += score?.correct === true ? 1 : 0
  }
  const requests = latencies.length
  latencies.sort((a, b) => a - b)
  return {
    rounds,
    iterations,
    fineTuningSeconds: Ledger.total(ledger, Ledger.fineTuning),
    joules: joules(energy),
    accuracy: accuracy / requests,
    correct: correct / requests,
    requests,
    latencySeconds: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    seconds: ledger
  }
}

/** The smallest value that at least a share `q` of the sorted values does not exceed; `NaN` of none. */
const quantile = (sorted: ReadonlyArray<number>, q: number) =>
  seconds(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN)
