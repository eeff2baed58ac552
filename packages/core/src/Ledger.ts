/** Where the seconds went: every one belongs to an activity, and the activities add up to the clock. */
import type { Seconds } from "./Units.ts"
import { seconds } from "./Units.ts"

export const activities = [
  "startUp",
  "load",
  "forward",
  "backward",
  "optimiser",
  "probe",
  "validation",
  "head",
  "save",
  "policy",
  "inference",
  "overhead",
  "meter",
  "idle"
] as const

/**
 * `startUp`: a process and its engine; `load`, `save`: checkpoints; `forward` to `optimiser`: training steps;
 * `probe`, `validation`, `policy`: deciding; `head`: the fast head learns; `inference`: requests; `overhead`: journal and
 * bookkeeping; `meter`: reading it.
 */
export type Activity = (typeof activities)[number]

/** The activities that fine-tuning is billed for; inference, idle time and bookkeeping have their own accounts. */
export const fineTuning: ReadonlyArray<Activity> = activities.slice(0, activities.indexOf("inference"))

export interface Cost {
  readonly activity: Activity
  readonly seconds: Seconds
}

/** A result and what it cost, in the order it was spent. */
export interface Metered<A> {
  readonly value: A
  readonly costs: ReadonlyArray<Cost>
}

export const cost = (activity: Activity, duration: number): Cost => ({ activity, seconds: seconds(duration) })

export const metered = <A>(value: A, ...costs: ReadonlyArray<Cost>): Metered<A> => ({ value, costs })

/** Seconds by activity; an absent activity took none. */
export type Ledger = { readonly [A in Activity]?: Seconds }

export const empty: Ledger = {}

export const add = (ledger: Ledger, costs: ReadonlyArray<Cost>): Ledger => {
  if (costs.length === 0) return ledger
  const sums: { [A in Activity]?: Seconds } = { ...ledger }
  for (const { activity, seconds: spent } of costs) sums[activity] = seconds((sums[activity] ?? 0) + spent)
  return sums
}

/** Seconds of all activities, or of these. */
export const total = (ledger: Ledger, of: ReadonlyArray<Activity> = activities): Seconds =>
  seconds(of.reduce((sum, activity) => sum + (ledger[activity] ?? 0), 0))

/** A cost for each activity. */
export const costs = (ledger: Ledger): ReadonlyArray<Cost> =>
  activities.flatMap((activity) => (ledger[activity] === undefined ? [] : [cost(activity, ledger[activity])]))

/** The seconds of both. */
export const merge = (a: Ledger, b: Ledger): Ledger => add(a, costs(b))
