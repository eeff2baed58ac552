/** A given number of arrivals in a span of time. */
import type * as Rng from "@edgeol/core/Rng"
import type { Seconds } from "@edgeol/core/Units"
import type { Counted } from "./scenario/Process.ts"

/** A stretch of time, half open: `from <= at < until`. */
export interface Span {
  readonly from: Seconds
  readonly until: Seconds
}

/**
 * Times of exactly `count` arrivals in a span, in order. One draw of `rng` for each, so pass each source its own stream.
 * Poisson arrivals, given their number, are uniform and independent (Kingman, Poisson Processes, 1993, section 2.4).
 */
export const times = (process: Counted, count: number, span: Span, rng: Rng.Rng): Float64Array => {
  const gap = (span.until - span.from) / count
  const place = placing(process, gap, count)
  const drawn = Float64Array.from({ length: count }, (_, i) => span.from + place(i, rng.next()))
  return drawn.toSorted().map((at) => Math.min(at, below(span.until)))
}

/** Where the i-th of `count` arrivals comes, s from the start, given a uniform number. */
export const placing = (process: Counted, gap: number, count: number): ((i: number, chance: number) => number) => {
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
export const below = (limit: number) => limit - Math.abs(limit) * Number.EPSILON
