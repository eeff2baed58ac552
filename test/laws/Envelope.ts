/** The outline of a run: what no moment of it exceeded. A fold over its tape, for promises. */
import * as Decision from "@edgeol/core/Decision"
import type { Entry } from "@edgeol/core/Journal"

export interface Envelope {
  /** Length of the run, s. */
  readonly seconds: number
  /** Joules of fine-tuning, and in all. */
  readonly joules: number
  readonly allJoules: number
  readonly rounds: number
  readonly iterations: number
  /** Longest from a request's arrival to its answer, s. */
  readonly latency: number
  /** Longest from a batch's arrival until a round is asked for or takes it, or the run ends, s. */
  readonly wait: number
  /** Most steps that a round took while a request waited. */
  readonly stepsBeforeAnswer: number
}

const empty: Envelope = {
  seconds: 0,
  joules: 0,
  allJoules: 0,
  rounds: 0,
  iterations: 0,
  latency: 0,
  wait: 0,
  stepsBeforeAnswer: 0
}

export const envelope = (tape: Iterable<Entry>): Envelope => {
  let outline = empty
  const waiting: Array<number> = []
  const steps: Array<number> = []
  for (const { observation, decision, joules } of tape) {
    const { at } = observation
    if (observation._tag === "BatchArrived") waiting.push(at)
    const longest = at - (waiting[0] ?? at)
    if (observation._tag === "RoundStarted" || Decision.has(decision, "Train")) waiting.length = 0
    if (observation._tag === "StepFinished") steps.push(at)
    const request = observation._tag === "RequestServed" ? observation : undefined
    outline = {
      seconds: at,
      joules: outline.joules + joules.fineTuning,
      allJoules: outline.allJoules + joules.all,
      rounds: outline.rounds + (observation._tag === "RoundFinished" ? 1 : 0),
      iterations: steps.length,
      latency: Math.max(outline.latency, at - (request?.arrivedAt ?? at)),
      wait: Math.max(outline.wait, longest),
      stepsBeforeAnswer: Math.max(outline.stepsBeforeAnswer, request ? after(steps, request.arrivedAt) : 0)
    }
  }
  return outline
}

/** How many of the sorted times come after this one. */
const after = (times: ReadonlyArray<number>, time: number): number => {
  let count = 0
  while (count < times.length && times[times.length - 1 - count]! > time + 1e-9) count += 1
  return count
}
