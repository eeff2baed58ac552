/** The books of a run: its clock, where the seconds and joules went, and the tape that records them. */
import { Clock, Effect } from "effect"
import type * as Decision from "../Decision.ts"
import { EnergyMeter } from "../EnergyMeter.ts"
import type { Entry } from "../Journal.ts"
import { Journal } from "../Journal.ts"
import * as Ledger from "../Ledger.ts"
import type { Observation } from "../Observation.ts"
import type { Seconds } from "../Units.ts"
import { joules, seconds } from "../Units.ts"

/** What was spent since the last line of the tape, and how far the clock is past it. */
export interface Pending {
  readonly seconds: Seconds
  readonly costs: Ledger.Ledger
}

/** A ledger that goes on, never handed out to be kept: each line is charged for five times, and these were two copies each. */
type Sums = { [A in Ledger.Activity]?: Seconds }

const enter = (sums: Sums, { activity, seconds: spent }: Ledger.Cost): void => {
  sums[activity] = seconds((sums[activity] ?? 0) + spent)
}

/** Opens the books as they were after a line of the tape; the clock runs from there, or from what is pending. */
export const open = Effect.fnUntraced(function* (at: Seconds, costs: Ledger.Ledger, pending?: Pending) {
  const meter = yield* EnergyMeter
  const journal = yield* Journal
  const clock = yield* Clock.Clock
  const begun = at + (pending?.seconds ?? 0)
  const origin = clock.monotonicTimeNanosUnsafe() - BigInt(Math.round(begun * 1e9))

  const ledger: Sums = { ...costs }
  let written = at
  let closed = costs
  let spent: Sums = {}
  let fineTuning = 0
  let bill = 0
  let reading = yield* meter.read(ledger)

  const now = () => seconds(Number(clock.monotonicTimeNanosUnsafe() - origin) / 1e9)
  /** Reads the meter; what that takes is booked, with the line in progress. */
  const meterNow = Effect.suspend(() => {
    const before = now()
    return Effect.map(meter.read(ledger), (total) => {
      const took = now() - before
      if (took > 0) charge(Ledger.cost("meter", took))
      return total
    })
  })

  const charge = (...costs: ReadonlyArray<Ledger.Cost>) => {
    for (const cost of costs) {
      enter(ledger, cost)
      enter(spent, cost)
    }
  }

  /** Runs an operation of the learner and books what it cost. */
  const spend = <A, E, R>(operation: Effect.Effect<Ledger.Metered<A>, E, R>) =>
    Effect.map(operation, ({ value, costs }) => {
      charge(...costs)
      return value
    })

  /** The same, and its joules count as fine-tuning, and go on the round's bill. */
  const tune = Effect.fnUntraced(function* <A, E, R>(operation: Effect.Effect<Ledger.Metered<A>, E, R>) {
    const before = yield* meterNow
    const value = yield* spend(operation)
    const cost = (yield* meterNow) - before
    fineTuning += cost
    bill += cost
    return value
  })

  /** Ends a line of the tape. What the costs leave of the clock since the last line is overhead. */
  const write = Effect.fnUntraced(function* (
    observation: Observation,
    decision: Decision.Decision,
    score: Entry["score"]
  ) {
    const at = now()
    charge(Ledger.cost("overhead", at - written - Ledger.total(spent)))
    const costs: Ledger.Ledger = spent
    spent = {}
    const after = yield* meterNow
    const entry = {
      observation,
      decision,
      costs,
      joules: { fineTuning: joules(fineTuning), all: joules(after - reading) }
    }
    yield* journal.append(score === undefined ? entry : { ...entry, score })
    written = at
    closed = { ...ledger }
    reading = after
    fineTuning = 0
  })

  /** A new bill; from zero, so that a resumed run adds up to the same bits. */
  const openBill = () => {
    bill = 0
  }

  if (pending !== undefined) {
    charge(...Ledger.costs(pending.costs))
    fineTuning = (yield* meter.read(ledger)) - reading
  }

  return {
    now,
    charge,
    spend,
    tune,
    write,
    openBill,
    bill: () => joules(bill),
    /** As it is now; it goes on. */
    ledger: (): Ledger.Ledger => ledger,
    /** As the last line left the books, and what has come since, if anything. */
    state: () => {
      const since = seconds(now() - written)
      return {
        at: written,
        costs: closed,
        ...(Object.keys(spent).length === 0 ? {} : { pending: { seconds: since, costs: { ...spent } } })
      }
    }
  }
})
