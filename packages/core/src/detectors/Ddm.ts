/**
 * The drift detection method (Gama et al., SBIA 2004): an alarm when the error rate `p` with its deviation
 * `s = sqrt(p (1 - p) / n)` rises to `p + s > p_min + deviations * s_min` of where `p + s` was least. Its warning, from
 * which the original keeps samples to learn from, is not told: a round learns all that waits.
 *
 * As published, an error-free start makes the first error an alarm, since `s_min` is 0.
 */
import { Schema } from "effect"
import * as Policy from "../Policy.ts"
import * as Detector from "./Detector.ts"

export const Config = Schema.Struct({
  of: Detector.Of,
  /** Numbers before which there is no alarm. */
  minimum: Policy.field(Policy.PositiveInt, 30),
  deviations: Policy.field(Policy.Positive, 3)
})
type Config = typeof Config.Type

export interface State {
  readonly n: number
  readonly p: number
  /** Where `p + s` was least; a `p` of 2 before there is one. */
  readonly pMin: number
  readonly sMin: number
}

const initial: State = { n: 0, p: 0, pMin: 2, sMin: 0 }

export const make = (config: typeof Config.Encoded = {}): Detector.Detector<State> => {
  const checked = Policy.config("ddm", Config)(config)
  return { name: "ddm", config: checked, initial, look: (state, x) => look(checked, state, x) }
}

export const detect = (config: typeof Config.Encoded = {}) => Detector.detect(make(config))

const look = (config: Config, state: State, x: number): readonly [State, boolean] => {
  const n = state.n + 1
  const p = state.p + (x - state.p) / n
  if (n <= config.minimum) return [{ n, p, pMin: state.pMin, sMin: state.sMin }, false]
  const s = Math.sqrt(Math.max(0, p * (1 - p)) / n)
  const least = p + s <= state.pMin + state.sMin
  const [pMin, sMin] = least ? [p, s] : [state.pMin, state.sMin]
  return p + s > pMin + config.deviations * sMin ? [initial, true] : [{ n, p, pMin, sMin }, false]
}
