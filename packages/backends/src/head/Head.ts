/** What a head is: three functions. Any that has them can join a committee. */
import type { Rows } from "./Rows.ts"

export interface Head {
  /** By what it has learnt. An unusable number (infinite, not a number) in a row counts as 0. */
  readonly scores: (rows: Rows) => Scores
  /** Labels are classes from 0 on; a new one may come at any time. Rows with an unusable number are left out. */
  readonly learn: (rows: Rows, labels: Int32Array) => void
  /** All that was learnt. */
  readonly state: () => State
}

/** `rows × classes` logits: a softmax of a row gives probabilities. `-Infinity` for a class of which nothing was learnt. */
export interface Scores {
  readonly classes: number
  readonly logits: Float64Array
}

/** Numbers by name: plain data, which a file can hold. */
export type State = Readonly<Record<string, Float64Array>>

/** A head for features of this width, as new or as it was. */
export type Make = (width: number, state?: State) => Head

/** Several heads that learn together, since they share statistics. */
export interface Family {
  readonly names: ReadonlyArray<string>
  readonly scores: (rows: Rows) => ReadonlyArray<Scores>
  readonly learn: Head["learn"]
  readonly state: Head["state"]
}

export type MakeFamily = (width: number, state?: State) => Family

/** A family of one. */
export const alone =
  (name: string, make: Make): MakeFamily =>
  (width, state) => {
    const head = make(width, state)
    return { names: [name], scores: (rows) => [head.scores(rows)], learn: head.learn, state: head.state }
  }

/** The only member of a family of one. */
export const only = (family: Family): Head => ({
  scores: (rows) => family.scores(rows)[0]!,
  learn: family.learn,
  state: family.state
})

/** One more than the largest label, and no fewer than before. */
export const classesWith = (classes: number, labels: Int32Array): number =>
  labels.reduce((most, label) => Math.max(most, label + 1), classes)

/** What remains after `count` samples of a memory of so many. By multiplication: the bits are the same everywhere. */
export const kept = (memory: number, count: number): number => {
  let keep = 1
  for (let i = 0; i < count; i++) keep *= 1 - 1 / memory
  return keep
}

/** By class, 1 where a label was learnt. */
export const mark = (known: Float64Array, labels: Int32Array): Float64Array => {
  const wider = new Float64Array(classesWith(known.length, labels))
  wider.set(known)
  for (const label of labels) wider[label] = 1
  return wider
}
