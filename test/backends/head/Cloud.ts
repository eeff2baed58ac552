/** Feature rows for tests: Gaussian classes around centres of their own. */
import * as Rows from "@edgeol/backends/head/Rows"
import * as Rng from "@edgeol/core/Rng"

export interface Batch {
  readonly rows: Rows.Rows
  readonly labels: Int32Array
}

/** Batches of `count` samples; `classes` says how many there are at each batch. The spread around a centre is 1. */
export const make = (seed: number, width: number, apart = 2) => {
  const rng = Rng.named(seed, "cloud")
  const centres: Array<Float64Array> = []
  return (count: number, classes: number): Batch => {
    while (centres.length < classes) centres.push(Float64Array.from({ length: width }, () => apart * rng.normal()))
    const labels = Int32Array.from({ length: count }, () => rng.below(classes))
    const values = [...labels].flatMap((label) => Array.from(centres[label]!, (centre) => centre + rng.normal()))
    return { rows: Rows.of(values, width), labels }
  }
}
