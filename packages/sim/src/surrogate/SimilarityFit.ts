/**
 * How far each unit's activations have moved from the deployed model's, `D = 1 - CKA`: every step that trains the unit or
 * one before it takes it a share of the way to a limit. What is measured depends on the probe, whose samples are few.
 */
import * as Levenberg from "./Levenberg.ts"
import type { Recording } from "./Recording.ts"

export interface Similarity {
  /** By unit: share of the way that a step goes, and the way. */
  readonly rate: ReadonlyArray<number>
  readonly limit: ReadonlyArray<number>
  /** Relative deviation of a measurement, by unit: of one probe from another, and of one measurement from the next. */
  readonly between: ReadonlyArray<number>
  readonly within: ReadonlyArray<number>
}

interface Seen {
  readonly seed: number
  readonly unit: number
  readonly moved: number
  /** Which probe of which run. */
  readonly probe: string
}

/** Distances of all units after every step at a depth of freezing; nothing is allocated. */
export const step = ({ rate, limit }: Similarity, moved: Float64Array, depth: number): void => {
  for (let u = depth; u < moved.length; u++) moved[u]! += rate[u]! * (limit[u]! - moved[u]!)
}

/** Every measurement with the distance that one unit has by then. */
const replay = (
  unit: number,
  rate: number,
  limit: number,
  one: Recording,
  see: (D: number, seen: Seen) => void
): void => {
  let D = 0
  let next = 0
  let probe = -1
  const report = () => {
    const { fresh, similarity } = one.probed[next]!
    if (fresh) probe = next
    const value = similarity[unit]!
    if (Number.isFinite(value)) {
      see(D, { seed: one.seed, unit, moved: 1 - value, probe: `${one.seed}/${one.policy}/${probe}` })
    }
    next += 1
  }
  const due = (version: number, steps: number) => {
    while (next < one.probed.length && one.probed[next]!.version === version && one.probed[next]!.steps <= steps)
      report()
  }
  for (const [version, { depths }] of one.rounds.entries()) {
    due(version, 0)
    for (const [i, depth] of depths.entries()) {
      if (unit >= depth) D += rate * (limit - D)
      due(version, i + 1)
    }
  }
  while (next < one.probed.length) report()
}

export const fit = (
  recordings: ReadonlyArray<Recording>
): { readonly similarity: Similarity; readonly twins: ReadonlyMap<number, number> } => {
  const { units } = recordings[0]!
  const fitted = Array.from({ length: units }, (_, unit) => {
    const residuals = (at: Float64Array) => {
      const out: Array<number> = []
      for (const one of recordings) {
        replay(unit, Math.exp(at[0]!), Math.exp(at[1]!), one, (D, { moved }) => out.push(D - moved))
      }
      out.push(0.05 * (at[0]! + 4), 0.05 * (at[1]! + 2))
      return Float64Array.from(out)
    }
    const { at } = Levenberg.fit(residuals, Float64Array.from([-4, -2]), 25)
    return { rate: Math.min(1, Math.exp(at[0]!)), limit: Math.min(1, Math.exp(at[1]!)) }
  })
  const rate = fitted.map((one) => one.rate)
  const limit = fitted.map((one) => one.limit)
  const twins = new Map([...new Set(recordings.map(({ seed }) => seed))].map((seed) => [seed, 1]))
  for (const [seed] of twins)
    twins.set(
      seed,
      twinOf(
        { rate, limit },
        recordings.filter((one) => one.seed === seed)
      )
    )
  const spreads = fitted.map(({ rate, limit }, unit) => spread(unit, rate, limit, recordings, twins))
  return {
    similarity: {
      rate,
      limit,
      between: spreads.map(({ between }) => between),
      within: spreads.map(({ within }) => within)
    },
    twins
  }
}

/** How much farther a seed's units move than others' do. */
export const twinOf = (
  { rate, limit }: Pick<Similarity, "rate" | "limit">,
  recordings: ReadonlyArray<Recording>
): number => {
  let [own, all] = [0.05, 0.05]
  for (const one of recordings) {
    for (const [unit, limitOfUnit] of limit.entries()) {
      replay(unit, rate[unit]!, limitOfUnit, one, (D, { moved }) => {
        own += moved * D
        all += D * D
      })
    }
  }
  return Math.max(0.1, own / all)
}

/** Standard deviations of measured over expected distances, between probes and of one probe. */
const spread = (
  unit: number,
  rate: number,
  limit: number,
  recordings: ReadonlyArray<Recording>,
  twins: ReadonlyMap<number, number>
) => {
  const ratios = new Map<string, Array<number>>()
  for (const one of recordings) {
    replay(unit, rate, limit, one, (D, { moved, probe, seed }) => {
      if (D < 0.02 * limit) return
      const ratio = moved / (D * twins.get(seed)!)
      const known = ratios.get(probe)
      if (known === undefined) ratios.set(probe, [ratio])
      else known.push(ratio)
    })
  }
  let [squares, freedom, outer, probes] = [0, 0, 0, 0]
  for (const own of ratios.values()) {
    const mean = own.reduce((sum, x) => sum + x, 0) / own.length
    for (const x of own) squares += (x - mean) ** 2
    freedom += own.length - 1
    outer += (mean - 1) ** 2
    probes += 1
  }
  return { between: Math.sqrt(outer / Math.max(1, probes)), within: Math.sqrt(squares / Math.max(1, freedom)) }
}
