/** Endless or finite sources of arrival times, one after another, with a memory that does not grow. */
import * as Exact from "@edgeol/core/Exact"
import type * as Rng from "@edgeol/core/Rng"
import * as Arrivals from "../Arrivals.ts"
import type { Placing } from "./Course.ts"
import type * as Process from "./Process.ts"

/** Times in order, s since the run began; `Infinity` when there are no more. */
export interface Source {
  readonly next: () => number
}

/** Times of trace files, s, in order; by the name that the scenario gives the file. */
export type Traces = ReadonlyMap<string, Float64Array>

export const none: Source = { next: () => Infinity }

/** Where a source begins, the end of its stretch, and the end of the run, beyond which nobody asks. */
export interface Reach extends Arrivals.Span {
  readonly horizon: number
}

/** A count is placed in the span; a rate or a trace goes on from its start. `rng` starts the source's stream. */
export const open = (placing: Placing, reach: Reach, rng: () => Rng.Rng, traces: Traces): Source => {
  const process = placing.process ?? { kind: "poisson" }
  if (process.kind === "trace") return trace(process, reach, rng(), traces)
  if (placing.rate === undefined) return counted(process as Process.Counted, placing.count ?? 0, reach, rng)
  return endless(process, placing.rate, reach, rng())
}

const endless = (process: Exclude<Process.Process, Process.Trace>, rate: number, reach: Reach, rng: Rng.Rng) => {
  switch (process.kind) {
    case "periodic":
    case "jittered":
      return grid(process, rate, reach.from, rng)
    case "poisson":
      return poisson(rate, reach.from, rng)
    case "markov":
      return markov(process, rate, reach, rng)
    case "diurnal":
      return diurnal(process, rate, reach, rng)
    case "bursts":
      return bursts(process, rate, reach.from, rng)
  }
}

/** Above so many, Poisson arrivals are not kept and sorted, but drawn in order. */
const many = 65_536

/** The times of `Arrivals.times`, to the bit, up to `many` of them. */
export const counted = (process: Process.Counted, count: number, span: Arrivals.Span, rng: () => Rng.Rng): Source => {
  if (process.kind !== "poisson") return spaced(process, count, span, rng())
  return count > many ? manyUniform(count, span, rng) : listed(Arrivals.times(process, count, span, rng()))
}

const listed = (times: Float64Array): Source => {
  let i = 0
  return { next: () => (i < times.length ? times[i++]! : Infinity) }
}

const spaced = (process: Process.Counted, count: number, { from, until }: Arrivals.Span, rng: Rng.Rng): Source => {
  const place = Arrivals.placing(process, (until - from) / count, count)
  const last = Arrivals.below(until)
  let i = 0
  return { next: () => (i < count ? Math.min(from + place(i++, rng.next()), last) : Infinity) }
}

/**
 * Sorted uniform numbers are partial sums of `count + 1` exponentials over their total (Devroye, 1986, section V.2): the
 * stream is drawn twice, once for the total.
 */
const manyUniform = (count: number, { from, until }: Arrivals.Span, rng: () => Rng.Rng): Source => {
  const first = rng()
  let total = 0
  for (let i = 0; i <= count; i++) total += first.exponential()
  const again = rng()
  const last = Arrivals.below(until)
  let sum = 0
  let i = 0
  return {
    next: () => {
      if (i++ >= count) return Infinity
      sum += again.exponential()
      return Math.min(from + (sum / total) * (until - from), last)
    }
  }
}

const grid = (process: Process.Counted, rate: number, from: number, rng: Rng.Rng): Source => {
  const place = Arrivals.placing(process, 1 / rate, Infinity)
  let i = 0
  return { next: () => from + place(i++, rng.next()) }
}

const poisson = (rate: number, from: number, rng: Rng.Rng): Source => {
  let at: number = from
  return {
    next: () => {
      at -= Exact.log(1 - rng.next()) / rate
      return at
    }
  }
}

/**
 * Poisson with a rate that is constant between changes: the next arrival is where the area under the rate has grown by
 * an exponential number (Cinlar, 1975, section 4.7). `change` gives the end of the piece after `at`, and `rate()` its rate.
 */
const piecewise = (
  { from, horizon }: Reach,
  rng: Rng.Rng,
  change: (at: number) => number,
  rate: () => number
): Source => {
  let at: number = from
  let end = change(from)
  return {
    next: () => {
      let area = rng.exponential()
      while (area > (end - at) * rate()) {
        if (end > horizon) return Infinity
        area -= (end - at) * rate()
        at = end
        end = change(at)
      }
      at = Math.min(at + area / rate(), end)
      return at
    }
  }
}

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

const markov = ({ levels }: Process.Markov, rate: number, reach: Reach, rng: Rng.Rng): Source => {
  const dwells = mean(levels.map(({ dwell }) => dwell))
  const unit = rate / (mean(levels.map(({ level, dwell }) => level * dwell)) / dwells)
  let state = -1
  const enter = () => {
    if (state >= 0) return (state + 1 + rng.below(levels.length - 1)) % levels.length
    let place = rng.next() * dwells * levels.length
    return Math.max(
      0,
      levels.findIndex(({ dwell }) => (place -= dwell) < 0)
    )
  }
  const change = (at: number) => {
    state = enter()
    return at + levels[state]!.dwell * rng.exponential()
  }
  return piecewise(reach, rng, change, () => unit * levels[state]!.level)
}

const diurnal = ({ profile, day = 86_400 }: Process.Diurnal, rate: number, reach: Reach, rng: Rng.Rng): Source => {
  const part = day / profile.length
  const unit = rate / mean(profile)
  let piece = Math.floor(reach.from / part) - 1
  const change = () => (++piece + 1) * part
  return piecewise(reach, rng, change, () => unit * profile[piece % profile.length]!)
}

const bursts = ({ size, gap }: Process.Bursts, rate: number, from: number, rng: Rng.Rng): Source => {
  const pause = pauseBetween(size, gap, rate)
  const goesOn = 1 - 1 / size
  let at: number = from
  let within = false
  return {
    next: () => {
      at += within ? gap : pause * rng.exponential()
      within = rng.next() < goesOn
      return at
    }
  }
}

/** Mean time from the end of a burst to the next, s, so that the rate comes out. */
export const pauseBetween = (size: number, gap: number, rate: number): number => size / rate - (size - 1) * gap

const trace = (process: Process.Trace, { from, horizon }: Reach, rng: Rng.Rng, traces: Traces): Source => {
  const times = traces.get(process.file)
  if (times === undefined) throw new Error(`The trace ${process.file} was not read before the scenario began.`)
  const { scale = 1, keep = 1, repeat = false } = process
  const period = periodOf(times)
  const goesRound = repeat && period > 0
  let i = 0
  let round = 0
  const next = () => {
    if (i === times.length && goesRound) [i, round] = [0, round + 1]
    return i < times.length ? from + (round * period + times[i++]! - times[0]!) * scale : Infinity
  }
  if (keep === 1) return { next }
  return {
    next: () => {
      for (;;) {
        const at = next()
        if (at > horizon || rng.next() < keep) return at
      }
    }
  }
}

/** A trace starts again a mean gap after its last time. */
export const periodOf = (times: Float64Array) => {
  const length = times.length < 2 ? 0 : times.at(-1)! - times[0]!
  return length + length / (times.length - 1)
}
