/**
 * Kolmogorov-Smirnov windowing (Raab, Heusinger and Schleif, Neurocomputing 2020): an alarm when the newest `newest` of
 * the last `window` numbers are larger than the older ones, by the one-sided two-sample test:
 * `max_v (F_old(v) - F_new(v)) > sqrt(ln(1 / alpha) (n + m) / (2 n m))`, which for samples of equal size `r` is the
 * paper's `sqrt(ln(1 / alpha) / r)`. After an alarm only the newest are kept.
 *
 * The original draws as many of the older numbers at random as there are newest. This uses all of them: it draws no
 * chance, and is the more powerful test.
 */
import { Schema } from "effect"
import * as Exact from "../Exact.ts"
import * as Policy from "../Policy.ts"
import * as Detector from "./Detector.ts"

export const Config = Schema.Struct({
  of: Detector.Of,
  window: Policy.field(Policy.PositiveInt, 100),
  newest: Policy.field(Policy.PositiveInt, 30),
  /** Chance of a false alarm at one look. */
  alpha: Policy.field(Policy.Positive.check(Schema.isLessThan(1)), 0.005)
}).check(
  Schema.makeFilter(({ window, newest }) =>
    newest < window ? undefined : { path: ["newest"], issue: `expected less than window, which is ${window}` }
  )
)
type Config = typeof Config.Type

export interface State {
  /** Oldest first. */
  readonly window: ReadonlyArray<number>
}

export const make = (config: typeof Config.Encoded = {}): Detector.Detector<State> => {
  const checked = Policy.config("kswin", Config)(config)
  return { name: "kswin", config: checked, initial: { window: [] }, look: (state, x) => look(checked, state, x) }
}

export const detect = (config: typeof Config.Encoded = {}) => Detector.detect(make(config))

const look = ({ window: length, newest, alpha }: Config, state: State, x: number): readonly [State, boolean] => {
  const window = [...state.window, x].slice(-length)
  if (window.length < length) return [{ window }, false]
  const [older, newer] = [window.slice(0, -newest), window.slice(-newest)]
  const limit = Math.sqrt((-Exact.log(alpha) * length) / (2 * older.length * newest))
  return rise(older, newer) > limit ? [{ window: newer }, true] : [{ window }, false]
}

/** `max_v (F_old(v) - F_new(v))`, which is reached at one of the older numbers. */
const rise = (older: ReadonlyArray<number>, newer: ReadonlyArray<number>): number => {
  const [a, b] = [older.toSorted(ascending), newer.toSorted(ascending)]
  let most = 0
  for (let i = 0, j = 0; i < a.length; i++) {
    while (j < b.length && b[j]! <= a[i]!) j += 1
    most = Math.max(most, (i + 1) / a.length - j / b.length)
  }
  return most
}

const ascending = (a: number, b: number) => a - b
