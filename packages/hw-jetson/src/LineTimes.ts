/**
 * When the lines of a tegrastats log were written.
 *
 * Stamps have a resolution of a second. A line on which the second changes was written at that second, the lines between
 * two such lines share the time evenly, and the ends go on at the mean interval. Without stamps lines are a nominal
 * interval apart. tegrastats sleeps for its interval and then reads, so that its 100 ms were 109 ms over 661 stamped
 * lines of an Orin Nano: assumed intervals get a standard error of 10 ms.
 * A clock that is set (after boot, without battery) is no time that passed: a step back, or over an hour, is one interval.
 */

/** Seconds of each line, the longest interval that is no gap, and the standard error of an interval. */
export interface Times {
  readonly at: ReadonlyArray<number>
  readonly maxGap: number
  readonly clock: number
}

const hour = 3600

/** Times of the lines from their stamps (seconds, NaN for none) or a nominal interval. */
export const of = (stamps: ReadonlyArray<number>, nominal: number): Times => {
  const stamped = 2 * stamps.filter((stamp) => !Number.isNaN(stamp)).length > stamps.length
  const at = stamped ? fromStamps(monotonic(fill(stamps), nominal), nominal) : stamps.map((_, i) => i * nominal)
  const usual = stamped && at.length > 1 ? median(at) : nominal
  return { at, maxGap: 5 * usual, clock: stamped ? 0 : Math.min(0.01, nominal / 2) }
}

/** A line without a stamp (damaged, or its start cut off) takes the one before, the first ones the one after. */
const fill = (stamps: ReadonlyArray<number>): ReadonlyArray<number> => {
  let last = stamps.find((stamp) => !Number.isNaN(stamp)) ?? 0
  return stamps.map((stamp) => (Number.isNaN(stamp) ? last : (last = stamp)))
}

/** Stamps without backward steps and without jumps over an hour: each becomes one nominal interval. */
const monotonic = (stamps: ReadonlyArray<number>, nominal: number): Array<number> => {
  let shift = 0
  return stamps.map((stamp, i) => {
    const before = stamps[i - 1] ?? stamp
    const step = stamp - before
    if (step < 0 || step > hour) shift += Math.max(1, nominal) - step
    return stamp + shift
  })
}

const fromStamps = (stamps: ReadonlyArray<number>, nominal: number): ReadonlyArray<number> => {
  const changes: Array<number> = []
  for (let i = 1; i < stamps.length; i++) if (stamps[i] !== stamps[i - 1]) changes.push(i)
  // Where seconds hold one line each, the first line, too, began its second.
  if (changes[0] === 1 && !(changes.length > 2 && changes.some((c, k) => c - (changes[k - 1] ?? 0) > 1)))
    changes.unshift(0)
  const interval = meanInterval(stamps, changes, nominal)
  const first = changes[0] ?? 0
  const last = changes.at(-1) ?? 0
  // The ends stay within their seconds. With about a line a second the changes say no more than the stamps, whose
  // difference is right to a second.
  const untilFirst = ((stamps[first] ?? 0) - (stamps[0] ?? 0)) / Math.max(1, first)
  const head = interval > 0.5 ? untilFirst : Math.min(interval, untilFirst)
  const tail = interval > 0.5 ? 0 : Math.min(interval, 1 / (stamps.length - last))
  const at: Array<number> = []
  for (let i = 0, k = 0; i < stamps.length; i++) {
    while (k < changes.length - 2 && i >= (changes[k + 1] ?? 0)) k++
    const [left, right] = [changes[k] ?? 0, changes[k + 1] ?? 0]
    if (i < first) at.push((stamps[first] ?? 0) - (first - i) * head)
    else if (i >= last) at.push((stamps[last] ?? 0) + (i - last) * tail)
    else at.push((stamps[left] ?? 0) + (((stamps[right] ?? 0) - (stamps[left] ?? 0)) * (i - left)) / (right - left))
  }
  return at
}

/** Seconds per line between the first and the last change of second, or a guess that fits one second. */
const meanInterval = (stamps: ReadonlyArray<number>, changes: ReadonlyArray<number>, nominal: number): number => {
  const first = changes[0] ?? 0
  const last = changes.at(-1) ?? 0
  if (last > first) return ((stamps[last] ?? 0) - (stamps[first] ?? 0)) / (last - first)
  return Math.min(nominal, 1 / Math.max(1, first, stamps.length - first))
}

const median = (at: ReadonlyArray<number>): number => {
  const steps = Float64Array.from({ length: at.length - 1 }, (_, i) => (at[i + 1] ?? 0) - (at[i] ?? 0))
  return steps.toSorted()[Math.floor(steps.length / 2)] ?? 0
}
