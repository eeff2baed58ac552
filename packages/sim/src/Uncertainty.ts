/**
 * What is not known of a device, carried through to totals and to differences between policies. Each draw makes a device
 * that could be the real one, resamples the seeds (bootstrap; Efron, 1979), and asks every policy on that same device and
 * seeds, so that what they share cancels (common random numbers).
 *
 * Assumes that seconds of one kind of work (computing, starting, the rest) are wrong by one common factor, log-normal,
 * and so are watts; that factors of kinds are independent; and that a slower device would change no decision, which is
 * so to first order while its queue stays short.
 */
import { type Activity, activities, fineTuning, type Ledger } from "@edgeol/core/Ledger"
import * as Rng from "@edgeol/core/Rng"

/** Half widths of 90 % intervals, relative: 0.1 is ten percent either way. */
export interface Spread {
  readonly seconds: { readonly [A in Activity]: number }
  readonly watts: { readonly [A in Activity]: number }
}

export interface Interval {
  readonly mean: number
  /** 90 % of devices and seeds lie between. */
  readonly low: number
  readonly high: number
}

export interface Totals {
  readonly seconds: Interval
  readonly joules: Interval
}

/** Seconds by activity of each policy, by seed: the same seeds in the same order. */
export type Ledgers = Readonly<Record<string, ReadonlyArray<Ledger>>>

export interface Options {
  readonly watts: { readonly [A in Activity]: number }
  readonly spread: Spread
  readonly draws?: number
  readonly seed?: number
}

export interface Carried {
  /** Of fine-tuning, mean over seeds. */
  readonly totals: Readonly<Record<string, Totals>>
  /** Against the reference, relative: -0.6 is 60 % less. */
  readonly changes: Readonly<Record<string, Totals>>
}

/** Totals of each policy, and its changes against one of them. */
export const carry = (ledgers: Ledgers, reference: string, options: Options): Carried => {
  const worlds = draws(options, Object.values(ledgers)[0]?.length ?? 0)
  const of = (name: string) => worlds.map((world) => totals(ledgers[name] ?? [], world, options))
  const base = ledgers[reference] === undefined ? undefined : of(reference)
  const names = Object.keys(ledgers)
  const all = new Map(names.map((name) => [name, of(name)]))
  return {
    totals: Object.fromEntries(names.map((name) => [name, intervals(all.get(name)!)])),
    changes: Object.fromEntries(base === undefined ? [] : names.map((name) => [name, against(all.get(name)!, base)]))
  }
}

/** One device that could be, and the seeds met on it. */
interface World {
  readonly seconds: Float64Array
  readonly watts: Float64Array
  readonly seeds: ReadonlyArray<number>
}

type Total = readonly [seconds: number, joules: number]

const kinds: { readonly [A in Activity]: number } = {
  startUp: 0,
  load: 0,
  save: 0,
  forward: 1,
  backward: 1,
  optimiser: 1,
  probe: 1,
  validation: 1,
  head: 1,
  inference: 1,
  policy: 2,
  overhead: 2,
  meter: 2,
  idle: 2
}

/** The 95th percentile of the standard normal. */
const z95 = 1.6448536269514722

const draws = ({ spread, draws: count = 1000, seed = 1 }: Options, seeds: number): ReadonlyArray<World> => {
  const rng = Rng.named(seed, "uncertainty")
  const factors = (widths: Spread["seconds"]) => {
    const normal = [rng.normal(), rng.normal(), rng.normal()]
    return Float64Array.from(activities, (activity) =>
      Math.exp((normal[kinds[activity]]! * Math.log1p(widths[activity])) / z95)
    )
  }
  // The first is the device as it is believed to be, on all seeds: the mean of what is shown.
  const known = {
    seconds: new Float64Array(activities.length).fill(1),
    watts: new Float64Array(activities.length).fill(1),
    seeds: Array.from({ length: seeds }, (_, i) => i)
  }
  const drawn = Array.from({ length: count }, () => ({
    seconds: factors(spread.seconds),
    watts: factors(spread.watts),
    seeds: Array.from({ length: seeds }, () => rng.below(seeds))
  }))
  return [known, ...drawn]
}

const totals = (ledgers: ReadonlyArray<Ledger>, { seconds, watts, seeds }: World, of: Options): Total => {
  let [time, energy] = [0, 0]
  for (const seed of seeds) {
    for (let i = 0; i < fineTuning.length; i++) {
      const spent = (ledgers[seed]?.[activities[i]!] ?? 0) * seconds[i]!
      time += spent
      energy += spent * of.watts[activities[i]!] * watts[i]!
    }
  }
  return [time / seeds.length, energy / seeds.length]
}

const against = (own: ReadonlyArray<Total>, base: ReadonlyArray<Total>): Totals =>
  intervals(own.map((total, i) => [relative(total[0], base[i]![0]), relative(total[1], base[i]![1])] as const))

const relative = (own: number, other: number) => (own === other ? 0 : own / other - 1)

const intervals = (values: ReadonlyArray<Total>): Totals => ({
  seconds: interval(values.map(([seconds]) => seconds)),
  joules: interval(values.map(([, joules]) => joules))
})

const interval = ([mean = NaN, ...values]: ReadonlyArray<number>): Interval => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? mean
  return { mean, low: Math.min(mean, at(0.05)), high: Math.max(mean, at(0.95)) }
}
