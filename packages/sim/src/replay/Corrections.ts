/**
 * How far a tape is from what a cost model says, activity by activity: robust, for a profile that is to hold for other
 * runs too. Of each round the median ratio, of those the median; its interval is that of order statistics, which assumes
 * only that rounds are alike (Conover, 1999, section 3.2).
 */
import { type Activity, activities } from "@edgeol/core/Ledger"
import type { Operation } from "./Operations.ts"

/** What was against what was said. */
export interface Pair {
  readonly said: number
  readonly was: number
  readonly round: number
}

export interface Correction {
  /** Recorded operations, and rounds that they belong to. */
  readonly count: number
  readonly rounds: number
  /** Totals that were said and that were. */
  readonly said: number
  readonly was: number
  readonly factor: number
  /** Of the factor, 90 % at least; null where too few rounds say it. */
  readonly low: number | null
  readonly high: number | null
}

export type Corrections = { readonly [A in Activity]?: Correction }

/** With fewer, no pair of them is an interval of 90 %. */
export const fewest = 5

export const of = (pairs: ReadonlyArray<Pair>): Correction | undefined => {
  const known = pairs.filter(({ said, was }) => said > 0 && was > 0)
  if (known.length === 0) return undefined
  const rounds = [...Map.groupBy(known, ({ round }) => round).values()]
    .map((own) => median(own.map(({ said, was }) => was / said)))
    .toSorted((a, b) => a - b)
  const k = rank(rounds.length)
  return {
    count: known.length,
    rounds: rounds.length,
    said: total(known.map(({ said }) => said)),
    was: total(known.map(({ was }) => was)),
    factor: median(rounds),
    low: k === undefined ? null : rounds[k - 1]!,
    high: k === undefined ? null : rounds.at(-k)!
  }
}

/** Of the seconds of operations. */
export const seconds = (operations: ReadonlyArray<Operation>): Corrections =>
  Object.fromEntries(
    activities.flatMap((activity) => {
      const own = operations.filter((one) => one.activity === activity)
      const correction = of(own.map(({ nominal, seconds: was, round }) => ({ said: nominal, was, round })))
      return correction === undefined ? [] : [[activity, correction]]
    })
  )

/**
 * The k-th from either end of n values holds the median between them with probability 1 - 2 P(B < k), B binomial of n
 * fair coins: the largest k for which that is 90 % at least.
 */
const rank = (n: number): number | undefined => {
  let [k, below, term] = [0, 0, 0.5 ** n]
  // Beyond a thousand values 0.5^n is no number; a thousand already fix the median well.
  if (n > 1000) return Math.floor(n / 2 - 0.8225 * Math.sqrt(n))
  while (below + term <= 0.05) {
    below += term
    term *= (n - k) / (k + 1)
    k += 1
  }
  return k === 0 ? undefined : k
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half) - 1]!) / 2
}

const total = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0)
