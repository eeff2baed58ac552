/** What the metrics, the events and the page show of a device at a moment. JSON, so `null` is what is not known. */
import type * as Envelope from "@edgeol/core/guards/Envelope"
import type { EnergyMeter } from "@edgeol/core/EnergyMeter"
import type { Inbox } from "./Inbox.ts"
import type { Promised } from "./Monitor.ts"
import * as Status from "./Status.ts"

export interface Shown {
  readonly policy: string
  readonly release: number | null
  readonly experiment: string
  /** Seconds since the run began, time in which the agent was down not counted. */
  readonly at: number
  readonly isLearning: boolean
  readonly isTraining: boolean
  readonly meter: Pick<EnergyMeter["Service"], "kind" | "source">
  readonly watts: number | null
  readonly joules: Status.Status["joules"]
  readonly rounds: number
  readonly iterations: number
  readonly lastRound: NonNullable<Status.Status["lastRound"]> | null
  readonly units: number
  readonly depth: number
  readonly requests: number
  readonly latency: { readonly p50: number; readonly p99: number }
  readonly accuracy: number | null
  /** Labelled samples that `accuracy` is of. */
  readonly judged: number
  readonly batches: number
  readonly waiting: number
  readonly samplesWaiting: number
  readonly inboxBytes: number
  readonly promises: ReadonlyArray<Promised>
  readonly breach: Envelope.Breach | null
}

export interface Of extends Pick<
  Shown,
  "policy" | "release" | "experiment" | "isLearning" | "watts" | "promises" | "breach"
> {
  readonly meter: EnergyMeter["Service"]
  readonly inbox: Inbox
  readonly status: Status.Status
}

export const of = ({ meter: { kind, source }, inbox, status, ...rest }: Of): Shown => {
  const accuracy = Status.accuracy(status)
  const { at, isTraining, joules, rounds, iterations, lastRound, units, depth, requests, batches, waiting } = status
  return {
    ...rest,
    at,
    isTraining,
    joules,
    rounds,
    iterations,
    units,
    depth,
    requests,
    batches,
    waiting,
    lastRound: lastRound ?? null,
    meter: { kind, source },
    latency: { p50: Status.latency(status, 0.5), p99: Status.latency(status, 0.99) },
    accuracy: Number.isNaN(accuracy) ? null : accuracy,
    judged: status.judged.reduce((sum, { of: count }) => sum + count, 0),
    samplesWaiting: inbox.waiting(),
    inboxBytes: inbox.bytes()
  }
}
