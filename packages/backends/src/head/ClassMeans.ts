/** Running means of classes and what the inverse of the shared scatter makes of them. */
import * as Table from "./Table.ts"

export interface ClassMeans {
  /** A mean is over about so many of its class's last samples. */
  readonly memory: number
  /** `μ`, a vector for each class. */
  readonly means: Table.Table
  /** `A⁻¹ μ`, kept up to date rather than solved for. */
  readonly solved: Table.Table
}

/** How far a mean goes towards a sample when its class had `count` before: 1 for the first. */
export const rate = (memory: number, count: number): number => Math.max(1 / (count + 1), 1 / memory)

/** `v ← v + rate (x - v)`. */
export const move = (table: Table.Table, which: number, rate: number, values: Float64Array, from = 0): void => {
  const { values: all, width } = table
  const at = which * width
  for (let j = 0; j < width; j++) all[at + j] = all[at + j]! + rate * (values[from + j]! - all[at + j]!)
}

/** `½ μ' A⁻¹ μ` of each class. */
export const halfNorms = ({ means, solved }: ClassMeans): Float64Array =>
  Float64Array.from(
    { length: means.count },
    (_, c) => Table.dot(means.values, c * means.width, solved.values, c * means.width, means.width) / 2
  )
