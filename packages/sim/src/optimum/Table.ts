/** A day, cut at its batches. Lists are by the number of batches that have come, from 0. */
import * as Day from "./Day.ts"

export interface Table {
  readonly scenes: number
  /** Of each batch, among the arrivals. */
  readonly place: ReadonlyArray<number>
  /** Samples that have come, in all and of each scene. */
  readonly samples: ReadonlyArray<number>
  readonly known: ReadonlyArray<Float64Array>
  /** Requests until the next batch, and of each scene until the end. */
  readonly asked: ReadonlyArray<Asked>
  readonly left: ReadonlyArray<Float64Array>
}

export type Asked = ReadonlyArray<readonly [scene: number, requests: number]>

/** What requests cost, given the loss of one in each scene. */
export const charge = (asked: Asked, loss: Float64Array): number => {
  let sum = 0
  for (const [scene, requests] of asked) sum += requests * loss[scene]!
  return sum
}

export const make = (day: Day.Day): Table => {
  const scenes = Day.scenes(day)
  const place: Array<number> = []
  const samples = [0]
  const known = [new Float64Array(scenes)]
  const between = [new Float64Array(scenes)]
  for (const [at, arrival] of day.arrivals.entries()) {
    if (arrival.kind === "request") between.at(-1)![arrival.scene]! += 1
    else {
      place.push(at)
      samples.push(samples.at(-1)! + arrival.samples)
      known.push(known.at(-1)!.slice())
      known.at(-1)![arrival.scene]! += arrival.samples
      between.push(new Float64Array(scenes))
    }
  }
  const asked = between.map((of) => [...of.entries()].filter(([, requests]) => requests > 0))
  return { scenes, place, samples, known, asked, left: tails(between) }
}

const tails = (between: ReadonlyArray<Float64Array>): ReadonlyArray<Float64Array> => {
  const left = between.map((of) => of.slice())
  for (let i = left.length - 2; i >= 0; i--) {
    for (const [scene, more] of left[i + 1]!.entries()) left[i]![scene]! += more
  }
  return left
}
