/**
 * A fit evaluated once over a board's modes, which are finite: predictions become reads of arrays. A simulation asks for
 * the same few thousand modes millions of times.
 */
import * as Conformal from "./Conformal.ts"
import * as CostFit from "./CostFit.ts"
import { key, type Mode } from "./Mode.ts"

export interface Lookup {
  readonly modes: ReadonlyArray<Mode>
  /** The place of a mode, or -1. */
  readonly place: (mode: Mode) => number
  /** Seconds and watts at a place. */
  readonly time: Float64Array
  readonly power: Float64Array
  /** Factors by which the interval of a level reaches above and below a value: `value / factor`, `value * factor`. */
  readonly factors: (level: number) => { readonly time: Float64Array; readonly power: Float64Array }
}

export const make = (fit: CostFit.CostFit, modes: ReadonlyArray<Mode>): Lookup => {
  const moments = modes.map(CostFit.predictor(fit).moments)
  const places = new Map(modes.map((mode, i) => [key(mode), i]))
  const factors = (quantity: "time" | "power", level: number) => {
    const half = Conformal.halfWidth(fit[quantity].calibration, level)
    return Float64Array.from(moments, (at) => Math.exp(half(at[quantity].spread)))
  }
  return {
    modes,
    place: (mode) => places.get(key(mode)) ?? -1,
    time: Float64Array.from(moments, ({ time }) => Math.exp(time.mean)),
    power: Float64Array.from(moments, ({ power }) => Math.exp(power.mean)),
    factors: (level) => ({ time: factors("time", level), power: factors("power", level) })
  }
}
