/** How long a sweep will take, told before it starts from a few of its trials; and which trials to do next. */
import type { Task } from "./Pool.ts"
import type { Store } from "./Store.ts"
import type { Trials } from "./Trials.ts"

/** A sweep begins with trials from all over the plan, until there are so many, or they took so many ms on each core. */
const first = { trials: 64, millis: 2000 }

/** Bundles take about this long, ms: long enough that passing them on costs nothing, short enough to lose little. */
const bundleMillis = 100

export interface Forecast {
  /** Trials of the plan, and those not done yet. */
  readonly trials: number
  readonly left: number
  readonly seconds: number
}

/** The time that trials take, ms. */
export interface Pace {
  readonly add: (trials: number, millis: number) => void
  readonly total: () => number
  readonly mean: () => number
}

/** The first half is left out: it is slower, because nothing is compiled yet. */
export const pace = (): Pace => {
  const means: Array<number> = []
  let total = 0
  return {
    add(trials, millis) {
      total += millis
      if (means.length < first.trials) means.push(millis / trials)
    },
    total: () => total,
    mean: () => {
      const later = means.slice(means.length >> 1)
      return later.reduce((sum, value) => sum + value, 0) / later.length
    }
  }
}

/** All tasks that the store lacks, in bundles; `ready` is asked once, before the bulk of them. */
export async function* bundles(
  trials: Trials,
  store: Store,
  workers: number,
  pace: Pace,
  ready: (forecast: Forecast) => Promise<void>
): AsyncGenerator<ReadonlyArray<Task>, void> {
  const ahead = new Set<string>()
  for (const number of scattered(trials.count)) {
    if (pace.total() > first.millis * workers) break
    const task = taskOf(trials, number)
    if (store.has(task.key) || ahead.has(task.key)) continue
    ahead.add(task.key)
    yield [task]
  }
  const left = remaining(trials, store)
  if (left <= workers) return yield* rest(trials, store, ahead, 1)
  const mean = pace.mean()
  await ready({ trials: trials.count, left, seconds: (left * mean) / workers / 1000 })
  yield* rest(trials, store, ahead, Math.min(1000, Math.max(1, Math.round(bundleMillis / mean))))
}

/** Numbers below `count`, spread evenly however many are taken (Weyl's sequence of the golden ratio). */
function* scattered(count: number) {
  for (let i = 0; i < Math.min(first.trials, count); i++) yield Math.floor(((i * 0.6180339887498949) % 1) * count)
}

const taskOf = (trials: Trials, number: number): Task => ({ key: trials.key(number), trial: trials.trial(number) })

/** Above so many trials, all that is stored counts as part of the plan: making the keys would take too long. */
const countable = 200_000

const remaining = (trials: Trials, store: Store): number => {
  if (trials.count > countable) return trials.count - store.size()
  let left = 0
  for (let number = 0; number < trials.count; number++) if (!store.has(trials.key(number))) left += 1
  return left
}

/** What is neither stored nor `given` to a worker already. */
function* rest(trials: Trials, store: Store, given: ReadonlySet<string>, size: number) {
  let bundle: Array<Task> = []
  for (let number = 0; number < trials.count; number++) {
    const key = trials.key(number)
    if (store.has(key) || given.has(key)) continue
    bundle.push({ key, trial: trials.trial(number) })
    if (bundle.length < size) continue
    yield bundle
    bundle = []
  }
  if (bundle.length > 0) yield bundle
}
