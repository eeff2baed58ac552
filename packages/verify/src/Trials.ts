/** Tries a policy's promises on drawn days, and finds a short day for each that it breaks. */
import type * as Envelope from "@edgeol/core/guards/Envelope"
import fc from "fast-check"
import type { Day } from "./AnyDay.ts"
import type * as Watch from "./Watch.ts"

export type Promised = Envelope.Breach["promise"]

export interface Tried {
  readonly day: Day
  readonly watched: Watch.Watched
}

export interface Options {
  readonly cases: number
  readonly seed: number
  /** Runs that shrinking may take. */
  readonly patience?: number
}

/** Runs a policy through a day. */
export type Run = (day: Day) => Watch.Watched

/** What came of each day, in order. Gives way to others between them. */
export const all = async (
  any: fc.Arbitrary<Day>,
  run: Run,
  { cases, seed }: Options,
  onDone: (done: number) => void
): Promise<ReadonlyArray<Tried>> => {
  const tried: Array<Tried> = []
  const look = fc.asyncProperty(any, async (day) => {
    await new Promise((resolve) => setImmediate(resolve))
    tried.push({ day, watched: run(day) })
    onDone(tried.length)
    return true
  })
  if (cases > 0) await fc.check(look, { numRuns: cases, seed })
  return tried
}

/** A shorter day than that of a case, by its place, on which the same promise breaks. */
export const shrink = (
  any: fc.Arbitrary<Day>,
  breaks: (day: Day) => boolean,
  place: number,
  { cases, seed, patience = 150 }: Options
): Day | undefined => {
  let runs = 0
  const holds = fc.property(any, (day) => (runs += 1) > patience || !breaks(day))
  return fc.check(holds, { numRuns: cases, seed, path: String(place) }).counterexample?.[0]
}
