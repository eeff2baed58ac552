/**
 * Adaptive windowing (Bifet and Gavaldà, SDM 2007, ADWIN2): the longest window without a change in mean. Its older part,
 * of `n0` of `n` numbers, is dropped while anywhere
 * `|mean0 - mean1| > sqrt((2 / m) v ln(2 / d)) + (2 / (3 m)) ln(2 / d)`, with `1 / m = 1 / n0 + 1 / n1`, `v` the window's
 * variance and `d = delta / ln n`. The window is kept as an exponential histogram, and cut at its borders.
 *
 * A rise is an alarm, after which the window is empty, as in River; the paper keeps the newer part, and raises the alarm
 * again as it fills. A fall only drops the older part: a model that gets better is no change of the world.
 */
import { Schema } from "effect"
import * as Exact from "../Exact.ts"
import * as Policy from "../Policy.ts"
import * as Detector from "./Detector.ts"

export const Config = Schema.Struct({
  of: Detector.Of,
  /** Chance of a false alarm at each number. */
  delta: Policy.field(Policy.Positive.check(Schema.isLessThan(1)), 0.002),
  /** Buckets of each size: more give finer borders. */
  buckets: Policy.field(Policy.PositiveInt, 5)
})
type Config = typeof Config.Type

interface Bucket {
  /** Numbers in it, a power of two. */
  readonly size: number
  readonly sum: number
  readonly squares: number
}

export interface State {
  /** Oldest first, sizes never growing. */
  readonly window: ReadonlyArray<Bucket>
}

export const make = (config: typeof Config.Encoded = {}): Detector.Detector<State> => {
  const checked = Policy.config("adwin", Config)(config)
  return { name: "adwin", config: checked, initial: { window: [] }, look: (state, x) => look(checked, state, x) }
}

export const detect = (config: typeof Config.Encoded = {}) => Detector.detect(make(config))

const look = (config: Config, state: State, x: number): readonly [State, boolean] => {
  const window = [...state.window, { size: 1, sum: x, squares: x * x }]
  compress(window, config.buckets)
  let rose = false
  for (let change = step(window, config.delta); change !== 0; change = step(window, config.delta)) {
    rose ||= change > 0
    window.shift()
  }
  return [{ window: rose ? [] : window }, rose]
}

/** Of more than `most` buckets of a size the two oldest become one. */
const compress = (window: Array<Bucket>, most: number): void => {
  for (let size = 1; ; size *= 2) {
    const first = window.findIndex((bucket) => bucket.size === size)
    const past = window.findLastIndex((bucket) => bucket.size === size)
    if (first < 0 || past - first < most) return
    const [a, b] = [window[first]!, window[first + 1]!]
    window.splice(first, 2, { size: 2 * size, sum: a.sum + b.sum, squares: a.squares + b.squares })
  }
}

/** The change in mean over the oldest border at which it is significant; 0 without one. */
const step = (window: ReadonlyArray<Bucket>, delta: number): number => {
  let [n, sum, squares] = [0, 0, 0]
  for (const bucket of window) {
    n += bucket.size
    sum += bucket.sum
    squares += bucket.squares
  }
  const variance = Math.max(0, squares / n - (sum / n) * (sum / n))
  const doubt = Exact.log((2 * Exact.log(n)) / delta)
  let [n0, sum0] = [0, 0]
  for (let i = 0; i + 1 < window.length; i++) {
    n0 += window[i]!.size
    sum0 += window[i]!.sum
    const inverse = 1 / n0 + 1 / (n - n0)
    const change = (sum - sum0) / (n - n0) - sum0 / n0
    if (Math.abs(change) > Math.sqrt(2 * inverse * variance * doubt) + (2 / 3) * inverse * doubt) return change
  }
  return 0
}
