/** Whether policies rank as they really do: Kendall's τ, over all pairs and over those that seeds tell apart. */
import * as Comparison from "../Comparison.ts"

/** A policy on one seed. */
export interface Ranked {
  readonly policy: string
  readonly seed: number
  readonly foretold: number
  readonly was: number
}

export interface Ranking {
  /** τ-b (Kendall, 1945) between the policies' means over seeds; null where either side has no order. */
  readonly tau: number | null
  readonly pairs: number
  /** τ over the pairs whose real differences, paired by seed, are beyond their 95 % intervals; a tie counts as 0. */
  readonly tauDecided: number | null
  readonly decided: number
}

export const rank = (runs: ReadonlyArray<Ranked>): Ranking => {
  const policies = [...Map.groupBy(runs, ({ policy }) => policy).values()]
  const pairs = policies.flatMap((one, i) => policies.slice(i + 1).map((other) => compared(one, other)))
  const decided = pairs.filter(({ isDecided }) => isDecided)
  return {
    tau: tau(pairs),
    pairs: pairs.length,
    tauDecided: decided.length === 0 ? null : agreement(decided) / decided.length,
    decided: decided.length
  }
}

/** Signs of two differences. */
interface Compared {
  readonly foretold: number
  readonly was: number
  readonly isDecided: boolean
}

const compared = (one: ReadonlyArray<Ranked>, other: ReadonlyArray<Ranked>): Compared => {
  const both = one.flatMap((run) => {
    const same = other.find(({ seed }) => seed === run.seed)
    return same === undefined ? [] : [[run, same] as const]
  })
  const was = Comparison.interval(both.map(([a, b]) => apart(a.was, b.was)))
  const foretold = Comparison.interval(both.map(([a, b]) => apart(a.foretold, b.foretold)))
  return {
    foretold: both.length === 0 ? 0 : Math.sign(foretold.mean),
    was: both.length === 0 ? 0 : Math.sign(was.mean),
    isDecided: was.low !== null && (was.low > 0 || was.high! < 0)
  }
}

/** Sums of the same seconds in another order differ in their last digits. */
const apart = (a: number, b: number): number =>
  Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)) ? 0 : a - b

const agreement = (pairs: ReadonlyArray<Compared>) => pairs.reduce((sum, { foretold, was }) => sum + foretold * was, 0)

const tau = (pairs: ReadonlyArray<Compared>): number | null => {
  const untied = (side: "foretold" | "was") => pairs.filter((pair) => pair[side] !== 0).length
  const scale = Math.sqrt(untied("foretold") * untied("was"))
  return scale === 0 ? null : agreement(pairs) / scale
}
