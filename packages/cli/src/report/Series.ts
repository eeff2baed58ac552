/** What a tape shows over time, small enough to draw: pure folds over its entries. */
import type { Entry } from "@edgeol/core/Journal"
import * as Decision from "@edgeol/core/Decision"
import * as Ledger from "@edgeol/core/Ledger"

/** A value that holds from each time, s, until the next. */
export interface Steps {
  readonly at: ReadonlyArray<number>
  readonly value: ReadonlyArray<number>
}

/** Time of the last entry, s. */
export const end = (entries: ReadonlyArray<Entry>): number => entries.at(-1)?.observation.at ?? 0

/** `n + 1` times at equal distances from 0. */
export const grid = (until: number, n: number): ReadonlyArray<number> =>
  Array.from({ length: n + 1 }, (_, i) => (until * i) / n)

/**
 * Accuracy of the serving model as requests met it. It stands still between new models and new scenarios, so repeated
 * values are left out without loss. Of more than `most` changes, the last in each of `most` equal spans is kept.
 */
export const accuracy = (entries: ReadonlyArray<Entry>, most = 400): Steps => {
  const at: Array<number> = []
  const value: Array<number> = []
  let last: Entry | undefined
  for (const entry of entries) {
    if (entry.score === undefined) continue
    last = entry
    if (entry.score.accuracy === value.at(-1)) continue
    at.push(entry.observation.at)
    value.push(entry.score.accuracy)
  }
  const kept = thin({ at, value }, end(entries) / most)
  if (last === undefined) return kept
  return { at: [...kept.at, last.observation.at], value: [...kept.value, last.score!.accuracy] }
}

/** Keeps the last step of each span of this length, if there are more steps than spans. */
const thin = ({ at, value }: Steps, span: number): Steps => {
  if (at.length * span <= (at.at(-1) ?? 0)) return { at, value }
  const keep = at.flatMap((time, i) =>
    Math.floor(time / span) === Math.floor((at[i + 1] ?? Infinity) / span) ? [] : [i]
  )
  return { at: keep.map((i) => at[i]!), value: keep.map((i) => value[i]!) }
}

/** Values at given times in order; `NaN` before the first step. */
export const sample = ({ at, value }: Steps, times: ReadonlyArray<number>): ReadonlyArray<number> => {
  let next = 0
  return times.map((time) => {
    while (next < at.length && at[next]! <= time) next += 1
    return value[next - 1] ?? NaN
  })
}

/** Mean of several series where any is defined. */
export const mean = (series: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> =>
  (series[0] ?? []).map((_, i) => {
    const defined = series.flatMap((values) => (Number.isFinite(values[i]) ? [values[i]!] : []))
    return defined.reduce((sum, value) => sum + value, 0) / defined.length
  })

/** Running sums by activity, and of joules spent on fine-tuning, sampled at given times in order. */
export interface Cumulative {
  readonly seconds: Readonly<Record<Ledger.Activity, ReadonlyArray<number>>>
  readonly joules: ReadonlyArray<number>
}

export const cumulative = (entries: ReadonlyArray<Entry>, times: ReadonlyArray<number>): Cumulative => {
  const sums = Object.fromEntries(Ledger.activities.map((activity) => [activity, 0])) as Record<Ledger.Activity, number>
  const seconds = Object.fromEntries(Ledger.activities.map((activity) => [activity, [] as Array<number>]))
  const joules: Array<number> = []
  let [next, energy] = [0, 0]
  for (const time of times) {
    for (; next < entries.length && entries[next]!.observation.at <= time; next++) {
      const { costs, joules: spent } = entries[next]!
      for (const activity of Ledger.activities) sums[activity] += costs[activity] ?? 0
      energy += spent.fineTuning
    }
    for (const activity of Ledger.activities) seconds[activity]!.push(sums[activity])
    joules.push(energy)
  }
  return { seconds: seconds as Record<Ledger.Activity, Array<number>>, joules }
}

export interface Round {
  /** From its start-up to its save, s. */
  readonly from: number
  readonly to: number
  readonly steps: number
  /** Units that kept their weights, mean over the round's steps. */
  readonly frozen: number
}

/** The finished rounds of a run. The last unit is never frozen, whatever was asked. */
export const rounds = (entries: ReadonlyArray<Entry>, units: number): ReadonlyArray<Round> => {
  const finished: Array<Round> = []
  let [from, steps, frozen, depth] = [0, 0, 0, 0]
  for (const { observation, decision, costs } of entries) {
    switch (observation._tag) {
      case "RoundStarted":
        ;[from, steps, frozen] = [observation.at - Ledger.total(costs, ["startUp", "load"]), 0, 0]
        break
      case "StepFinished":
        ;[steps, frozen] = [steps + 1, frozen + depth]
        break
      case "RoundFinished":
        finished.push({ from, to: observation.at, steps, frozen: steps === 0 ? depth : frozen / steps })
    }
    for (const part of Decision.parts(decision)) {
      if (part._tag === "Freeze") depth = part.units.slice(0, units - 1).filter(Boolean).length
    }
  }
  return finished
}

/** Rounds that begin in the same span of this length as one, its depth weighted by steps. */
export const together = (rounds: ReadonlyArray<Round>, span: number): ReadonlyArray<Round> => {
  const spans = Map.groupBy(rounds, ({ from }) => Math.floor(from / span))
  return [...spans.values()].map((group) => {
    const steps = group.reduce((sum, round) => sum + round.steps, 0)
    const weight = (round: Round) => (steps === 0 ? 1 / group.length : round.steps / steps)
    return {
      from: group[0]!.from,
      to: group.at(-1)!.to,
      steps,
      frozen: group.reduce((sum, round) => sum + round.frozen * weight(round), 0)
    }
  })
}
