/**
 * The books of a simulated run: core's, in typed arrays. Every sum is made in the same order as there, so that seconds
 * and joules agree to the bit with those of a loop on virtual time.
 */
import type { Entry } from "@edgeol/core/Journal"
import type * as Ledger from "@edgeol/core/Ledger"
import { activities, cost, fineTuning } from "@edgeol/core/Ledger"
import type { Activity } from "@edgeol/core/Ledger"
import * as Summary from "@edgeol/core/Summary"
import { joules, type Seconds, seconds } from "@edgeol/core/Units"

const count = activities.length
const billed = fineTuning.length

export const place = Object.fromEntries(activities.map((activity, i) => [activity, i])) as {
  readonly [A in Activity]: number
}

/**
 * Joules drawn since the start of the run, given seconds by activity at a time. `touched` has a bit for each activity
 * that has gone on since it was asked last.
 */
export type Energy = (seconds: Float64Array, at: number, touched?: number) => number

/** What an activity takes on the device: nominal seconds in, seconds out. */
export type Pace = (activity: number, nominal: number, at: number) => number

export interface Accounts {
  readonly tally: Summary.Tally
  readonly now: () => Seconds
  /** Moves the clock to a time, if it is not past it. */
  readonly wait: (until: number) => void
  /** Books seconds that have passed. */
  readonly charge: (activity: number, spent: number) => void
  /** Lets an activity take its time and books it. */
  readonly spend: (activity: number, nominal: number) => void
  /** From here on joules count as fine-tuning and go on the bill, until `tuned`. */
  readonly tune: () => void
  readonly tuned: () => void
  readonly openBill: () => void
  readonly bill: () => number
  /** Seconds of fine-tuning so far. */
  readonly fineTuned: () => number
  /** Ends a line of the tape. */
  readonly write: () => void
  /** Costs and joules of the line that was written last. */
  readonly line: () => Pick<Entry, "costs" | "joules">
}

export const open = (energy: Energy, pace: Pace | undefined): Accounts => {
  const tally = Summary.empty()
  const ledger = new Float64Array(count)
  const last = { fineTuning: 0, all: 0 }
  // Costs of the line in progress, and of the one before. Work is done for the activities that occur, a bit of a mask each:
  // going through all of them took a third of the time of a run.
  let [spent, spentMask] = [new Float64Array(count), 0]
  let [lineCosts, lineMask] = [new Float64Array(count), 0]
  let touched = 0
  let nanos = 0
  let written = 0
  let tuning = 0
  let bill = 0
  let before = 0
  let reading = energy(ledger, 0)

  const now = () => seconds(nanos / 1e9)
  const charge = (activity: number, more: number) => {
    const bit = 1 << activity
    touched |= bit
    ledger[activity]! += more
    if ((spentMask & bit) === 0) {
      spent[activity] = more
      spentMask |= bit
    } else spent[activity]! += more
  }
  const read = () => {
    const total = energy(ledger, nanos / 1e9, touched)
    touched = 0
    return total
  }
  return {
    tally,
    now,
    charge,
    wait(until) {
      nanos = Math.max(nanos, Math.round(until * 1e9))
    },
    spend(activity, nominal) {
      const took = pace === undefined ? nominal : pace(activity, nominal, nanos / 1e9)
      nanos += Math.max(0, Math.round(took * 1e9))
      charge(activity, took)
    },
    tune() {
      before = read()
    },
    tuned() {
      const cost = read() - before
      tuning += cost
      bill += cost
    },
    openBill() {
      bill = 0
    },
    bill: () => bill,
    fineTuned: () => sum(ledger, billed),
    write() {
      const at = nanos / 1e9
      charge(place.overhead, at - written - sumOf(spent, spentMask))
      const after = read()
      add(tally.seconds, spent, spentMask)
      tally.joules += tuning
      last.fineTuning = tuning
      last.all = after - reading
      ;[spent, lineCosts] = [lineCosts, spent]
      lineMask = spentMask
      spentMask = 0
      written = at
      reading = after
      tuning = 0
    },
    line: () => ({
      costs: costsOf(lineCosts, lineMask),
      joules: { fineTuning: joules(last.fineTuning), all: joules(last.all) }
    })
  }
}

/** Of the first `n`. */
const sum = (values: Float64Array, n: number) => {
  let total = 0
  for (let i = 0; i < n; i++) total += values[i]!
  return total
}

/** The lowest place in a mask. */
export const lowest = (mask: number): number => 31 - Math.clz32(mask & -mask)

const sumOf = (values: Float64Array, mask: number) => {
  let total = 0
  for (let left = mask; left !== 0; left &= left - 1) total += values[lowest(left)]!
  return total
}

const add = (sums: Float64Array, more: Float64Array, mask: number) => {
  for (let left = mask; left !== 0; left &= left - 1) {
    const i = lowest(left)
    sums[i] = (sums[i]! || 0) + more[i]!
  }
}

const costsOf = (spent: Float64Array, mask: number): Ledger.Ledger => {
  const costs: { [A in Activity]?: Seconds } = {}
  activities.forEach((activity, i) => {
    if ((mask & (1 << i)) !== 0) costs[activity] = cost(activity, spent[i]!).seconds
  })
  return costs
}

/** `Σ seconds(activity) · watts(activity)`, in the order of core's ledger. */
export const energyAt = (watts: { readonly [A in Activity]: number }): Energy => {
  const drawn = Float64Array.from(activities, (activity) => watts[activity])
  return (spent) => {
    let total = 0
    for (let i = 0; i < count; i++) total += spent[i]! * drawn[i]!
    return total
  }
}
