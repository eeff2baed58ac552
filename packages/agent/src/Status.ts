/** How a device is doing: a fold over its tape, with what the metrics and the page show. */
import type { Entry } from "@edgeol/core/Journal"
import * as Ledger from "@edgeol/core/Ledger"
import type { Observation } from "@edgeol/core/Observation"

export interface Status {
  /** Seconds since the run began, of the last line. */
  readonly at: number
  readonly seconds: Ledger.Ledger
  readonly joules: { readonly fineTuning: number; readonly all: number }
  readonly batches: number
  /** Batches that no round has taken. */
  readonly waiting: number
  readonly rounds: number
  readonly isTraining: boolean
  readonly iterations: number
  readonly lastRound?: { readonly seconds: number; readonly joules: number; readonly batches: number }
  readonly requests: number
  /** Seconds from arrival to answer, of the newest. */
  readonly latencies: ReadonlyArray<number>
  readonly units: number
  /** Units frozen, from the input on. */
  readonly depth: number
  /** Whether answers were right, the newest; where the label came after, or was tested on before it was learnt. */
  readonly judged: ReadonlyArray<Judged>
}

/** So many right ones of so many. */
export interface Judged {
  readonly right: number
  readonly of: number
}

/** Newest latencies and judgements that count. */
const window = 512

export const start: Status = {
  at: 0,
  seconds: Ledger.empty,
  joules: { fineTuning: 0, all: 0 },
  batches: 0,
  waiting: 0,
  rounds: 0,
  isTraining: false,
  iterations: 0,
  requests: 0,
  latencies: [],
  units: 0,
  depth: 0,
  judged: []
}

/** After a line. `frozen`: which units it leaves frozen, where it says so. */
export const add = (status: Status, { observation, decision, costs, joules }: Entry): Status => {
  const frozen = (decision._tag === "Several" ? decision.decisions : [decision]).findLast(
    (part) => part._tag === "Freeze"
  )
  return seen(
    {
      ...status,
      at: observation.at,
      seconds: Ledger.merge(status.seconds, costs),
      joules: { fineTuning: status.joules.fineTuning + joules.fineTuning, all: status.joules.all + joules.all },
      depth: frozen === undefined ? status.depth : prefix(frozen.units)
    },
    observation
  )
}

const prefix = (units: ReadonlyArray<boolean>): number => {
  const open = units.slice(0, -1).indexOf(false)
  return open < 0 ? units.length - 1 : open
}

const seen = (status: Status, observation: Observation): Status => {
  switch (observation._tag) {
    case "Started":
      return { ...status, units: observation.units }
    case "BatchArrived":
      return { ...status, batches: status.batches + 1, waiting: status.waiting + 1 }
    case "RequestServed": {
      const latencies = [...status.latencies, observation.at - observation.arrivedAt].slice(-window)
      return { ...status, requests: status.requests + 1, latencies }
    }
    case "RoundStarted":
      return { ...status, waiting: Math.max(0, status.waiting - observation.batches), isTraining: true }
    case "StepFinished":
      return { ...status, iterations: observation.iteration }
    case "RoundFinished": {
      const { seconds, joules, batches } = observation
      return { ...status, rounds: observation.round, isTraining: false, lastRound: { seconds, joules, batches } }
    }
    case "Pretested":
    case "Adapted":
      return judge(status, observation.accuracy * observation.samples, observation.samples)
    default:
      return status
  }
}

/** `right` of `of` answers turned out to be so. */
export const judge = (status: Status, right: number, of: number): Status =>
  Number.isFinite(right) && of > 0 ? { ...status, judged: [...status.judged, { right, of }].slice(-window) } : status

/** Share of right answers among the newest whose labels are known; NaN where none is. */
export const accuracy = ({ judged }: Status): number =>
  judged.reduce((sum, { right }) => sum + right, 0) / judged.reduce((sum, { of }) => sum + of, 0)

/** Of the newest latencies, the one that this share does not exceed; NaN where nothing was asked. */
export const latency = ({ latencies }: Status, share: number): number => {
  const sorted = latencies.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}

/** Which units a run that goes on has frozen, and what it has behind it. */
export const resumed = (
  status: Status,
  snapshot: {
    readonly at: number
    readonly rounds: number
    readonly iterations: number
    readonly frozen: ReadonlyArray<boolean>
    readonly waiting: ReadonlyArray<number>
    readonly recent: ReadonlyArray<number>
  }
): Status => ({
  ...status,
  at: snapshot.at,
  units: snapshot.frozen.length,
  depth: prefix(snapshot.frozen),
  rounds: snapshot.rounds,
  iterations: snapshot.iterations,
  waiting: snapshot.waiting.length,
  batches: (snapshot.recent.at(-1) ?? -1) + 1,
  isTraining: false
})
