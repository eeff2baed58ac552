/**
 * A device's costs as one tape shows them: a cost model and its watts, corrected activity by activity.
 *
 * Assumes that what the model says of an activity is off by one factor, whatever the sample count; of backward passes by
 * one for each frozen prefix. A factor is a ratio of totals, so that the run itself comes to what it came to; its error
 * is judged over rounds, in which disturbances last (ratio estimator with clusters; Cochran, 1977, ch. 6 and 9A). What
 * the tape does not show keeps the model's cost times the factor of its kind, and the doubt of the model.
 */
import { type Activity, activities } from "@edgeol/core/Ledger"
import type { Entry } from "@edgeol/core/Journal"
import { fineTuning } from "@edgeol/core/Ledger"
import type * as Rng from "@edgeol/core/Rng"
import { watts as wattsOf, type Watts } from "@edgeol/core/Units"
import * as Corrected from "../cost/Corrected.ts"
import type { CostModel } from "../CostModel.ts"
import type { Spread } from "../Uncertainty.ts"
import type { Pair } from "./Corrections.ts"
import * as Corrections from "./Corrections.ts"
import type { Operation } from "./Operations.ts"

type Each<A> = { readonly [activity in Activity]: A }

/** What is known of a device before the tape is looked at. */
export interface Reference {
  readonly costs: CostModel
  readonly watts: Each<Watts>
  readonly spread: Spread
}

/** Of what was recorded against what was said: the factor, and the half width of its 90 % interval, relative. */
export interface Factor {
  readonly count: number
  readonly ratio: number
  readonly width: number
}

export interface Fitted {
  readonly reference: Reference
  readonly seconds: Each<Factor>
  /** Of backward passes by frozen prefix, from none on. */
  readonly backward: ReadonlyArray<Factor>
  readonly watts: Each<Factor>
  /** Activities that the tape does not show. */
  readonly unseen: ReadonlyArray<Activity>
}

const computing: ReadonlyArray<Activity> = [
  "forward",
  "backward",
  "optimiser",
  "probe",
  "validation",
  "head",
  "inference"
]
const kinds: ReadonlyArray<ReadonlyArray<Activity>> = [computing, ["startUp", "load", "save"]]
const kindOf = (activity: Activity) => kinds.find((kind) => kind.includes(activity)) ?? []

/** The 95th percentile of the standard normal. */
const z95 = 1.6448536269514722

/** Of nothing, or where the model says that it takes no time, there is no factor. */
const factor = (pairs: ReadonlyArray<Pair>): Factor | undefined => {
  const [said, was] = [sum(pairs, (pair) => pair.said), sum(pairs, (pair) => pair.was)]
  if (!(said > 0 && was > 0)) return undefined
  const ratio = was / said
  const rounds = [...Map.groupBy(pairs, ({ round }) => round).values()]
  const off = rounds.map((own) => sum(own, (pair) => pair.was - ratio * pair.said))
  const n = rounds.length
  // One round tells nothing of how rounds differ: as much as twice or half is possible.
  const error = n < 2 ? undefined : Math.sqrt((n / (n - 1)) * sum(off, (value) => value ** 2)) / was
  const exact = pairs.every((pair) => Math.abs(pair.was - ratio * pair.said) <= 1e-6 * pair.was)
  return { count: pairs.length, ratio, width: exact ? 0 : error === undefined ? 1 : Math.expm1(z95 * error) }
}

export const fit = (reference: Reference, operations: ReadonlyArray<Operation>, tape: ReadonlyArray<Entry>): Fitted => {
  const pairsOf = (own: ReadonlyArray<Operation>) =>
    own.map(({ nominal, seconds, round }): Pair => ({ said: nominal, was: seconds, round }))
  const of = (wanted: (operation: Operation) => boolean) => factor(pairsOf(operations.filter(wanted)))
  const own = each((activity) => of((one) => one.activity === activity))
  const ofKind = each((activity) => of((one) => kindOf(activity).includes(one.activity)))
  const { spread } = reference
  const seconds = each((activity) => own[activity] ?? unknown(ofKind[activity], spread.seconds[activity]))
  return {
    reference,
    seconds,
    backward: reference.costs.backwardByDepth.map(
      (_, depth) =>
        of((one) => one.activity === "backward" && one.depth === depth) ??
        unknown(own.backward ?? ofKind.backward, own.backward === undefined ? spread.seconds.backward : unseenDepth)
    ),
    watts: power(reference, tape),
    unseen: fineTuning.filter((activity) => activity !== "policy" && own[activity] === undefined)
  }
}

/** A backward pass of a depth that was not recorded, from those that were: Assumed, no source. */
const unseenDepth = 0.3

/** Where all that was seen of its kind is as the model says, the tape is of that model. */
const unknown = (kind: Factor | undefined, width: number): Factor => {
  const isModel = kind?.width === 0 && Math.abs(kind.ratio - 1) < 1e-6
  return { count: 0, ratio: kind?.ratio ?? 1, width: isModel ? 0 : width }
}

const power = ({ watts: said, spread }: Reference, tape: ReadonlyArray<Entry>): Fitted["watts"] => {
  const pairs = joulesOf(said, tape)
  const factors = pairs.map(factor)
  const all = factor(pairs.flat())
  return each((activity) => factors[kinds.indexOf(kindOf(activity))] ?? unknown(all, spread.watts[activity]))
}

/** Robust factors of a model's watts, by activity; those of a kind share one, as a meter does not tell them apart. */
export const watts = (
  { watts: said }: Pick<Reference, "watts">,
  tape: ReadonlyArray<Entry>
): Corrections.Corrections => {
  const found = joulesOf(said, tape).map(Corrections.of)
  return Object.fromEntries(
    kinds.flatMap((kind, i) => (found[i] === undefined ? [] : kind.map((activity) => [activity, found[i]] as const)))
  )
}

/** Joules of lines on which one kind of work is done, against what these watts make of their seconds: by kind. */
const joulesOf = (said: Reference["watts"], tape: ReadonlyArray<Entry>): ReadonlyArray<ReadonlyArray<Pair>> => {
  const pairs = kinds.map((): Array<Pair> => [])
  let round = 0
  for (const { observation, costs, joules } of tape) {
    if (observation._tag === "RoundStarted") round = observation.round
    const spent = kinds.map((kind) => sum(billed(kind), (activity) => costs[activity] ?? 0))
    const only = spent.findIndex((value, i) => value > 0 && spent.every((other, j) => j === i || other === 0))
    if (only < 0 || !(joules.fineTuning > 0)) continue
    const expected = sum(billed(kinds[only]!), (activity) => (costs[activity] ?? 0) * said[activity])
    pairs[only]!.push({ said: expected, was: joules.fineTuning, round })
  }
  return pairs
}

/** The meter bills requests to another account. */
const billed = (kind: ReadonlyArray<Activity>) => kind.filter((activity) => activity !== "inference")

export interface Device {
  readonly costs: CostModel
  readonly watts: Each<Watts>
}

/** Whether the tape leaves no doubt of what its device takes, as where that is a model. */
export const isExact = ({ seconds, backward, watts }: Fitted): boolean =>
  [...kinds.flat().flatMap((activity) => [seconds[activity], watts[activity]]), ...backward].every(
    ({ width }) => width === 0
  )

/**
 * A device that the one of the tape could be, and a run on it: a new one is disturbed as much as the recorded one was, so
 * errors count twice. Without chance, the device as it is best known.
 */
export const device = (fitted: Fitted, rng?: Rng.Rng): Device => {
  const draw = ({ ratio, width }: Factor) =>
    rng === undefined ? ratio : ratio * Math.exp((rng.normal() * Math.SQRT2 * Math.log1p(width)) / z95)
  const { costs, watts } = fitted.reference
  const by = each((activity) => draw(fitted.seconds[activity]))
  const backward = fitted.backward.map(draw)
  const drawn = kinds.map((kind) => draw(fitted.watts[kind[0]!]))
  return {
    costs: {
      ...Corrected.corrected(costs, { ...by, backward: 1 }),
      backwardByDepth: costs.backwardByDepth.map((share, depth) => share * backward[depth]!)
    },
    watts: each((activity) => wattsOf(watts[activity] * (drawn[kinds.indexOf(kindOf(activity))] ?? 1)))
  }
}

const each = <A>(give: (activity: Activity) => A): Each<A> =>
  Object.fromEntries(activities.map((activity) => [activity, give(activity)])) as Each<A>

const sum = <A>(all: ReadonlyArray<A>, of: (one: A) => number) => all.reduce((total, one) => total + of(one), 0)
