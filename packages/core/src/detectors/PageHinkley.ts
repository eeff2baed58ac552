/**
 * The Page-Hinkley test (Page, 1954; as of Mouss et al., 2004, with forgetting): with the running mean `m` of the
 * numbers, `S <- max(0, alpha S + x - m - delta)`, and an alarm when `S > lambda`.
 */
import { Schema } from "effect"
import * as Policy from "../Policy.ts"
import * as Detector from "./Detector.ts"

export const Config = Schema.Struct({
  of: Detector.Of,
  /** Numbers before which there is no alarm. */
  minimum: Policy.field(Policy.PositiveInt, 30),
  /** Rise that is not counted. */
  delta: Policy.field(Policy.NonNegative, 0.005),
  /** The usual 50 is for streams of thousands: an error rate that rises by 0.3 takes 170 samples to reach it. */
  lambda: Policy.field(Policy.Positive, 8),
  /** What a sum keeps of itself at each number. */
  alpha: Policy.field(Policy.Fraction, 0.9999)
})
type Config = typeof Config.Type

export interface State {
  readonly n: number
  readonly mean: number
  readonly sum: number
}

const initial: State = { n: 0, mean: 0, sum: 0 }

export const make = (config: typeof Config.Encoded = {}): Detector.Detector<State> => {
  const checked = Policy.config("page-hinkley", Config)(config)
  return { name: "page-hinkley", config: checked, initial, look: (state, x) => look(checked, state, x) }
}

export const detect = (config: typeof Config.Encoded = {}) => Detector.detect(make(config))

const look = (config: Config, state: State, x: number): readonly [State, boolean] => {
  const n = state.n + 1
  const mean = state.mean + (x - state.mean) / n
  const sum = Math.max(0, config.alpha * state.sum + x - mean - config.delta)
  return n >= config.minimum && sum > config.lambda ? [initial, true] : [{ n, mean, sum }, false]
}
