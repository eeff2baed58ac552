/**
 * How much wider intervals must be than the spread of simulated runs, for a surrogate is wrong beyond its own luck: the
 * ratio that nine in ten of the recorded runs of the fidelity card do not exceed, of what a run was off to what its
 * interval allowed (normalised conformal intervals; Papadopoulos et al., 2011). The card's seeds were fitted on by no
 * surrogate; runs of all streams are taken together, as one stream has few.
 */
import { existsSync, readFileSync } from "node:fs"
import * as Conformal from "@edgeol/sim/cost/Conformal"
import { Schema } from "effect"
import * as Card from "../fidelity/Card.ts"
import * as Measure from "../fidelity/Measure.ts"
import type * as Score from "../fidelity/Score.ts"

export interface Widening {
  readonly by: Readonly<Record<Measure.Measure, number>>
  /** Recorded runs behind it. */
  readonly runs: number
}

const Foretold = Schema.Struct({ value: Schema.Finite, low: Schema.Finite, high: Schema.Finite })
const each = <S extends Schema.Top>(schema: S) =>
  Schema.Struct({ seconds: schema, joules: schema, rounds: schema, accuracy: schema })
const Runs = Schema.Record(
  Schema.String,
  Schema.Struct({
    runs: Schema.Array(
      Schema.Struct({
        policy: Schema.String,
        seed: Schema.Int,
        emulated: each(Schema.Finite),
        simulated: each(Foretold)
      })
    )
  })
)
type Run = (typeof Runs.Type)[string]["runs"][number]

/** From the card in a file; without one nothing is widened. */
export const read = (file: string): Widening =>
  of(
    existsSync(file)
      ? Object.values(Schema.decodeUnknownSync(Schema.fromJsonString(Runs))(readFileSync(file, "utf8"))).flatMap(
          ({ runs }) => runs
        )
      : []
  )

export const of = (runs: ReadonlyArray<Run>): Widening => ({
  by: Measure.each((measure) => {
    // What a policy costs that does not look at what is learnt is exact, and says nothing.
    const own = measure === "accuracy" ? runs : runs.filter(Card.isAdaptive)
    return own.length === 0 ? 1 : Math.max(1, Conformal.quantile(ratios(own, measure), 0.9))
  }),
  runs: runs.length
})

const ratios = (runs: ReadonlyArray<Run>, measure: Measure.Measure) =>
  runs
    .map(({ emulated, simulated }) => {
      const { value, low, high } = simulated[measure]
      const off = emulated[measure] - value
      return Math.abs(off) / Math.max(1e-12, off > 0 ? high - value : value - low)
    })
    .toSorted((a, b) => a - b)

export const widened = ({ value, low, high }: Score.Foretold, by: number): Score.Foretold => ({
  value,
  low: value - by * (value - low),
  high: value + by * (high - value)
})
