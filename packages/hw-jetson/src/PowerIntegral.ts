/**
 * Energy from samples of power: a pure fold, with the error beside every joule.
 *
 * Trapezoid on a monotonic clock, `E = Σ (tᵢ₊₁ − tᵢ)(pᵢ + pᵢ₊₁)/2`, with the edges of a window interpolated. A sample is
 * stale when its time did not advance or its value is no number: it is dropped and counted. An interval longer than
 * `maxGap`, a window edge without a sample, and a reading that stayed the same for longer than `frozenAfter` are gaps:
 * the trapezoid stands, its error widens.
 *
 * Error. Four independent standard errors, in joules, and one systematic share:
 * - quantisation: a step of q watts is uniform, q/√12. Equal consecutive readings repeat one rounding error, changed
 *   ones draw a new one, so `q/√12 · T/√(runs of equal readings)`.
 * - sampling: `√(f Σ Δtᵢ² Δpᵢ²)`. A step at an unknown time between two samples, and equally a Brownian bridge between
 *   them, give f = 1/12; power that changes faster than it is sampled gives f = 1/2 (readings are then independent draws
 *   of variance Δp²/2). f moves between the two with the autocorrelation of the increments, which is 0 and −1/2; it is
 *   1/2 below 20 samples.
 * - gaps: anywhere between the least and the greatest power seen, `(pmax − pmin + q)/√12 · √(Σ gap²)`.
 * - clock: the uncertainty of each interval, when times are not read but assumed: `clock · mean power · intervals`.
 * - systematic: the sensor's accuracy, a share of the energy: 5 % as quoted by the vendor for INA3221 on Jetson.
 * `error` is `√((2 random)² + systematic²)`: about 95 %.
 */

export interface Options {
  /** Start and end of the window, s; without them from the first to the last sample. */
  readonly from?: number
  readonly to?: number
  /** Longest interval that is no gap, s. */
  readonly maxGap?: number
  /** A reading unchanged for longer is taken for a sensor that stopped, s. */
  readonly frozenAfter?: number
  /** One step of the reading, W. */
  readonly step?: number
  /** Accuracy of the sensor, share of the reading. */
  readonly accuracy?: number
  /** Standard uncertainty of each interval's length, s. */
  readonly clock?: number
}

/** What has been added up so far: plain JSON, so it can be kept and resumed. */
export interface Sum {
  readonly from: number
  readonly to: number
  readonly maxGap: number
  readonly frozenAfter: number
  readonly step: number
  readonly accuracy: number
  readonly clock: number
  /** Time and value of the last sample, s and W; no sample yet when `samples` is 0. */
  readonly at: number
  readonly watts: number
  readonly firstAt: number
  readonly firstWatts: number
  readonly samples: number
  readonly stale: number
  readonly seconds: number
  readonly joules: number
  readonly intervals: number
  readonly runs: number
  readonly unchangedFor: number
  /** Σ Δt² Δp², the same times the previous interval's, and the last Δt Δp. */
  readonly squares: number
  readonly products: number
  readonly lastStep: number
  readonly least: number
  readonly most: number
  readonly gaps: number
  readonly gapSeconds: number
  readonly gapSquares: number
  readonly longestInterval: number
}

/** Energy over a window. */
export interface Energy {
  readonly seconds: number
  readonly joules: number
  /** Half-width of the interval around `joules` that holds the truth in about 95 of 100 cases. */
  readonly error: number
  /** Mean power, W; the last reading where no time has passed. */
  readonly watts: number
  readonly samples: number
  readonly stale: number
  readonly gaps: number
  readonly gapSeconds: number
  readonly longestInterval: number
  /** Standard errors, J, and the systematic half-width. */
  readonly quantisation: number
  readonly sampling: number
  readonly gapError: number
  readonly clockError: number
  readonly systematic: number
}

/** INA3221 on Jetson, as quoted from the vendor. */
export const sensorAccuracy = 0.05

const positive = (value: number | undefined, otherwise: number): number =>
  value === undefined || !(value >= 0) ? otherwise : value

export const empty = (options: Options = {}): Sum => ({
  // JSON has no infinities: the greatest double stands for "no limit".
  from: options.from ?? -Number.MAX_VALUE,
  to: options.to ?? Number.MAX_VALUE,
  maxGap: positive(options.maxGap, Number.MAX_VALUE),
  frozenAfter: positive(options.frozenAfter, Number.MAX_VALUE),
  step: positive(options.step, 0),
  accuracy: positive(options.accuracy, sensorAccuracy),
  clock: positive(options.clock, 0),
  at: 0,
  watts: 0,
  firstAt: 0,
  firstWatts: 0,
  samples: 0,
  stale: 0,
  seconds: 0,
  joules: 0,
  intervals: 0,
  runs: 0,
  unchangedFor: 0,
  squares: 0,
  products: 0,
  lastStep: 0,
  least: 0,
  most: 0,
  gaps: 0,
  gapSeconds: 0,
  gapSquares: 0,
  longestInterval: 0
})

export const add = (sum: Sum, at: number, watts: number): Sum => {
  oneTime[0] = at
  oneReading[0] = watts
  return addAll(sum, oneTime, oneReading)
}

const oneTime = new Float64Array(1)
const oneReading = new Float64Array(1)

/**
 * Adds samples in order: `at` in seconds of a monotonic clock, `watts` beside it.
 * One loop on local numbers, and so a long function: a record for each sample is three times slower.
 */
export const addAll = (sum: Sum, at: ArrayLike<number>, watts: ArrayLike<number>): Sum => {
  const { from, to, maxGap, frozenAfter } = sum
  let {
    at: time,
    watts: power,
    firstAt,
    firstWatts,
    samples,
    stale,
    seconds,
    joules,
    intervals,
    runs,
    unchangedFor
  } = sum
  let { squares, products, lastStep, least, most, gaps, gapSeconds, gapSquares, longestInterval } = sum
  const count = Math.min(at.length, watts.length)
  for (let i = 0; i < count; i++) {
    const now = at[i] as number
    const reading = watts[i] as number
    // Finite: the difference of a number with itself is 0, of NaN and infinities NaN.
    if (now - now !== 0 || reading - reading !== 0 || (samples > 0 && now <= time)) {
      stale++
      continue
    }
    if (samples === 0) {
      firstAt = now
      firstWatts = reading
      least = most = reading
      runs = 1
    } else {
      const start = time > from ? time : from
      const end = now < to ? now : to
      if (end > start) {
        const slope = (reading - power) / (now - time)
        const length = end - start
        const inside = start === time && end === now
        const area = inside ? length * 0.5 * (power + reading) : length * (power + slope * (0.5 * (start + end) - time))
        joules += area
        seconds += length
        intervals++
        const change = length * (reading - power)
        unchangedFor = reading === power ? unchangedFor + length : 0
        if (reading !== power) runs++
        if (length > longestInterval) longestInterval = length
        if (now - time > maxGap) {
          gaps++
          gapSeconds += length
          gapSquares += length * length
          lastStep = 0
        } else if (unchangedFor > frozenAfter && reading !== 0) {
          // One growing gap: the squares telescope to the square of the whole time without change.
          if (unchangedFor - length <= frozenAfter) gaps++
          gapSeconds += length
          gapSquares += unchangedFor * unchangedFor - (unchangedFor - length) * (unchangedFor - length)
        } else {
          squares += change * change
          products += change * lastStep
          lastStep = change
        }
      }
      if (reading < least) least = reading
      else if (reading > most) most = reading
    }
    samples++
    time = now
    power = reading
  }
  return {
    from,
    to,
    maxGap,
    frozenAfter,
    step: sum.step,
    accuracy: sum.accuracy,
    clock: sum.clock,
    at: time,
    watts: power,
    firstAt,
    firstWatts,
    samples,
    stale,
    seconds,
    joules,
    intervals,
    runs,
    unchangedFor,
    squares,
    products,
    lastStep,
    least,
    most,
    gaps,
    gapSeconds,
    gapSquares,
    longestInterval
  }
}

/** The energy added up so far, or over the window when it has one. */
export const energy = (sum: Sum): Energy => {
  const whole = closeEdges(sum)
  const uniform = 1 / Math.sqrt(12)
  const quantisation = whole.runs === 0 ? 0 : (sum.step * uniform * whole.seconds) / Math.sqrt(whole.runs)
  const sampling = Math.sqrt(samplingFactor(sum) * sum.squares)
  const gapError = (sum.most - sum.least + sum.step) * uniform * Math.sqrt(whole.gapSquares)
  const watts = whole.seconds > 0 ? whole.joules / whole.seconds : sum.watts
  const clockError = sum.clock * Math.abs(watts) * sum.intervals
  const systematic = sum.accuracy * Math.abs(whole.joules)
  const random = Math.hypot(quantisation, sampling, gapError, clockError)
  return {
    seconds: whole.seconds,
    joules: whole.joules,
    error: Math.hypot(2 * random, systematic),
    watts,
    samples: sum.samples,
    stale: sum.stale,
    gaps: whole.gaps,
    gapSeconds: whole.gapSeconds,
    longestInterval: whole.longestInterval,
    quantisation,
    sampling,
    gapError,
    clockError,
    systematic
  }
}

/** All samples at once. */
export const integrate = (at: ArrayLike<number>, watts: ArrayLike<number>, options: Options = {}): Energy =>
  energy(addAll(empty(options), at, watts))

const samplingFactor = (sum: Sum): number => {
  if (sum.samples < 20 || sum.squares === 0) return 0.5
  const alternation = Math.min(1, Math.max(0, (-2 * sum.products) / sum.squares))
  return 1 / 12 + (5 / 12) * alternation
}

/** A window that reaches past the samples holds the nearest reading there, as a gap. */
const closeEdges = (sum: Sum): Sum => {
  if (sum.samples === 0) return sum
  const before = sum.from > -Number.MAX_VALUE ? Math.min(sum.firstAt, sum.to) - sum.from : 0
  const after = sum.to < Number.MAX_VALUE ? sum.to - Math.max(sum.at, sum.from) : 0
  return edge(edge(sum, before, sum.firstWatts), after, sum.watts)
}

const edge = (sum: Sum, length: number, watts: number): Sum =>
  length <= 0
    ? sum
    : {
        ...sum,
        seconds: sum.seconds + length,
        joules: sum.joules + length * watts,
        gaps: sum.gaps + 1,
        gapSeconds: sum.gapSeconds + length,
        gapSquares: sum.gapSquares + length * length,
        longestInterval: Math.max(sum.longestInterval, length)
      }

/** Energy in a named power mode. */
export interface Measurement {
  readonly mode: string
  readonly energy: Energy
}

/** The energy above idle; undefined when idle was measured in another mode, where it says nothing about this one. */
export const aboveIdle = (run: Measurement, idle: Measurement): Energy | undefined => {
  if (run.mode !== idle.mode || idle.energy.seconds === 0) return
  const scale = run.energy.seconds / idle.energy.seconds
  const joules = run.energy.joules - idle.energy.watts * run.energy.seconds
  const both = (part: "quantisation" | "sampling" | "gapError" | "clockError") =>
    Math.hypot(run.energy[part], idle.energy[part] * scale)
  // One sensor with one gain measured both, so its accuracy is a share of the difference.
  const share = run.energy.joules === 0 ? 0 : run.energy.systematic / Math.abs(run.energy.joules)
  const parts = {
    quantisation: both("quantisation"),
    sampling: both("sampling"),
    gapError: both("gapError"),
    clockError: both("clockError"),
    systematic: share * Math.abs(joules)
  }
  const random = Math.hypot(parts.quantisation, parts.sampling, parts.gapError, parts.clockError)
  const watts = run.energy.watts - idle.energy.watts
  return { ...run.energy, ...parts, joules, watts, error: Math.hypot(2 * random, parts.systematic) }
}
