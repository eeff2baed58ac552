/** Which films make up the training batches of CORe50, as its authors' generator drew them. */
import * as LegacyShuffle from "./internal/LegacyShuffle.ts"

/** One film of one object: sessions 1 to 11 as folders have them, objects from 0 as lists do; object `k` is folder `o(k+1)`. */
export interface Film {
  readonly session: number
  readonly object: number
}

export const trainingSessions: ReadonlyArray<number> = [1, 2, 4, 5, 6, 8, 9, 11]
export const testSessions: ReadonlyArray<number> = [3, 7, 10]
export const RUNS = 10

export type Batch = ReadonlyArray<Film>

/**
 * New instances: a training session each, all shuffled. The rule is that of `newClasses`, whose ten orders agree with the
 * published labels; those of new instances number objects alike in every run, so nothing shows their order.
 */
export const newInstances = (run: number): ReadonlyArray<Batch> =>
  drawn(trainingSessions, run, 0).map((session) => films(range(50), [session]))

/** New classes: ten objects first, one of each category, then the eight groups of five in the order of the run. */
export const newClasses = (run: number): ReadonlyArray<Batch> =>
  drawn(range(9), run, 1).map((batch) => films(objectsOf(batch), trainingSessions))

/** Films of these objects, those of an object together. */
const films = (objects: ReadonlyArray<number>, sessions: ReadonlyArray<number>): Batch =>
  objects.flatMap((object) => sessions.map((session) => ({ session, object })))

/**
 * Batch 0 has object 0 of each category of five. Batch `b` has number `k` of five categories: the first five for odd `b`,
 * the others for even. `k` is `b / 2` rounded half *up*, as Python 2 does; Python 3 rounds to even, which repeats some
 * objects and drops others.
 */
export const objectsOf = (batch: number): ReadonlyArray<number> => {
  if (batch === 0) return range(10).map((category) => 5 * category)
  const first = batch % 2 === 1 ? 0 : 5
  return range(5).map((i) => 5 * (first + i) + Math.floor(batch / 2 + 0.5))
}

/** Each run shuffles the order of the run before, beginning with seed 1; the first `kept` stay in front. */
const drawn = (all: ReadonlyArray<number>, run: number, kept: number): ReadonlyArray<number> => {
  const shuffle = LegacyShuffle.make(1)
  const rest = all.slice(kept)
  for (let i = 0; i <= run; i++) shuffle(rest)
  return [...all.slice(0, kept), ...rest]
}

const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i)
