/** When things arrive: seeded point processes, and their merge into one timeline. */
import type * as Rng from "@edgeol/core/Rng"
import type { Arrival } from "@edgeol/core/Samples"
import { type Seconds, seconds } from "@edgeol/core/Units"

/**
 * `Periodic`: evenly spaced. `Jittered`: the same, each moved by up to `share` of half a gap either way, so order is kept.
 * `Poisson`: memoryless.
 */
export type Process =
  | { readonly kind: "periodic" }
  | { readonly kind: "jittered"; readonly share: number }
  | { readonly kind: "poisson" }

/** A stretch of time, half open: `from <= at < until`. */
export interface Span {
  readonly from: Seconds
  readonly until: Seconds
}

/**
 * Times of exactly `count` arrivals in a span, in order. One draw of `rng` for each, so pass each source its own stream.
 * Poisson arrivals, given their number, are uniform and independent (Kingman, Poisson Processes, 1993, section 2.4).
 */
export const times = (process: Process, count: number, span: Span, rng: Rng.Rng): Float64Array => {
  const gap = (span.until - span.from) / count
  const place = placing(process, gap, count)
  const drawn = Float64Array.from({ length: count }, (_, i) => span.from + place(i, rng.next()))
  return drawn.toSorted().map((at) => Math.min(at, below(span.until)))
}

const placing = (process: Process, gap: number, count: number): ((i: number, chance: number) => number) => {
  switch (process.kind) {
    case "periodic":
      return (i) => (i + 0.5) * gap
    case "jittered":
      return (i, chance) => (i + 0.5 + process.share * (chance - 0.5)) * gap
    case "poisson":
      return (_, chance) => chance * count * gap
  }
}

/** Rounding may carry a draw near 1 onto the end of its span: keep it inside. */
const below = (limit: number) => limit - Math.abs(limit) * Number.EPSILON

/** All arrivals in order of time; at equal times borders, then batches, then requests. */
export const merge = (...sources: ReadonlyArray<ReadonlyArray<Arrival>>): ReadonlyArray<Arrival> =>
  sources.flat().toSorted((a, b) => a.at - b.at || rank[a._tag] - rank[b._tag] || a.id - b.id)

const rank = { Scenario: 0, Batch: 1, Request: 2 } as const satisfies Record<Arrival["_tag"], number>

/** Labelled batches of `samples` each, numbered from `first`. */
export const batches = (at: Float64Array, first: number, samples: number): ReadonlyArray<Arrival> =>
  Array.from(at, (time, i) => ({ _tag: "Batch", at: seconds(time), id: first + i, samples }))

/** Requests, numbered from `first`. */
export const requests = (at: Float64Array, first: number): ReadonlyArray<Arrival> =>
  Array.from(at, (time, i) => ({ _tag: "Request", at: seconds(time), id: first + i }))
