/**
 * Quantiles of a stream of durations in constant memory: a histogram whose buckets grow with the value (Tene's HDR
 * histogram, 2012), so that a quantile is within 0.2 % of a value that was there.
 */
import * as Exact from "./Exact.ts"

/** 256 buckets for each power of two from 2^-31 (half a nanosecond) to 2^33 s. */
const steps = 256
const least = -31
const powers = 64

export interface Quantiles {
  readonly add: (seconds: number) => void
  /** A value that at least a share `q` does not exceed; `NaN` of none. */
  readonly at: (q: number) => number
  readonly count: () => number
  /** Adds all that others hold. */
  readonly merge: (others: Quantiles) => void
  /** How many are in each bucket. */
  readonly buckets: Uint32Array
}

export const make = (): Quantiles => {
  const buckets = new Uint32Array(steps * powers)
  const number = Float64Array.of(0)
  const halves = new Uint32Array(number.buffer)
  let count = 0
  const bucketOf = (value: number) => {
    number[0] = value
    const place = (halves[1]! >>> 12) - (1023 + least) * steps // the exponent and eight bits of the mantissa
    return value > 0 ? Math.min(buckets.length - 1, Math.max(0, place)) : 0
  }
  return {
    add(seconds) {
      buckets[bucketOf(seconds)]! += 1
      count += 1
    },
    at(q) {
      if (count === 0) return NaN
      let left = Math.max(1, Math.ceil(q * count))
      let bucket = 0
      while (left > buckets[bucket]!) left -= buckets[bucket++]!
      return bucket === 0 ? 0 : middle(bucket)
    },
    count: () => count,
    merge(others) {
      for (let i = 0; i < buckets.length; i++) buckets[i]! += others.buckets[i]!
      count += others.count()
    },
    buckets
  }
}

const middle = (bucket: number) =>
  Exact.powerOfTwo(least + Math.floor(bucket / steps)) * (1 + ((bucket % steps) + 0.5) / steps)
