/**
 * Inter-tuning (EdgeOL's dynamic tuning frequency, LazyTune in later versions of arXiv 2401.16694): delays and merges
 * rounds. A round needs `need` waiting batches. After each round a learning curve says how many more would make the
 * next one worth it, which usually raises `need`; requests pull it down; a scenario change resets it.
 *
 * The body of the paper was not available: the structure is the paper's, the formulas are our reconstruction.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Exact from "../Exact.ts"
import * as LearningCurve from "../LearningCurve.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Least batches a round needs, and the need after a scenario change. */
  needMin: Policy.field(Policy.PositiveInt, 2),
  needMax: Policy.field(Policy.PositiveInt, 8),
  /** Rise in accuracy that makes a round worth it, where the last round's own, by the curve, is not larger. */
  gain: Policy.field(Policy.Fraction, 0.02),
  /** Requests lower the need by `pull · ln(need)` for each batch's worth of them. 0: not at all. */
  pull: Policy.field(Policy.NonNegative, 0.2),
  /** Validations the curve is fitted to, and asymptotes tried. */
  window: Policy.field(Policy.PositiveInt, 6),
  gridSize: Policy.field(Policy.PositiveInt, 32),
  /** Below this accuracy rounds are not delayed: an S-shaped start would read as flat. */
  trustAbove: Policy.field(Policy.Fraction, 0.2),
  /** Whether a scenario change starts a round on what waits. */
  trainOnChange: Policy.field(Schema.Boolean, false)
}).check(
  Schema.makeFilter(({ needMin, needMax }) =>
    needMin <= needMax ? undefined : { path: ["needMin"], issue: `expected at most needMax, which is ${needMax}` }
  )
)
type Config = typeof Config.Type

export interface State {
  readonly need: number
  /** Waiting batches. */
  readonly have: number
  readonly iterations: number
  /** Optimiser steps per batch, of the last round. */
  readonly iterationsPerBatch: number
  readonly batches: number
  readonly requests: number
  /** Batches per request up to the last round, at most 1: what one request counts until the next. */
  readonly worth: number
  /** Validations since the scenario changed, oldest first. */
  readonly points: ReadonlyArray<LearningCurve.Point>
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> => {
  const checked = Policy.config("tuning-frequency", Config)(config)
  return Policy.make({
    name: "tuning-frequency",
    config: checked,
    initial: {
      need: checked.needMin,
      have: 0,
      iterations: 0,
      iterationsPerBatch: 1,
      batches: 0,
      requests: 0,
      worth: 1,
      points: []
    },
    decide
  })
}

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  switch (observation._tag) {
    case "BatchArrived":
      return ask({ ...state, have: state.have + 1, batches: state.batches + 1 })
    case "RequestServed":
      return ask(pulled(config, state))
    case "ScenarioChanged": {
      const fresh = { ...state, need: config.needMin, points: [] }
      return config.trainOnChange && state.have > 0 ? [fresh, Decision.train] : ask(fresh)
    }
    case "RoundStarted": {
      const worth = Math.min(1, state.batches / Math.max(1, state.requests))
      return [{ ...state, have: Math.max(0, state.have - observation.batches), worth }, Decision.wait]
    }
    case "RoundFinished": {
      const iterationsPerBatch = Math.max(1, observation.iterations / Math.max(1, observation.batches))
      return [
        { ...state, iterations: state.iterations + observation.iterations, iterationsPerBatch },
        Decision.validate
      ]
    }
    case "Validated":
      return ask(learnt(config, state, observation.accuracy))
    default:
      return [state, Decision.wait]
  }
}

const ask = (state: State): readonly [State, Decision.Decision] => [
  state,
  state.have > 0 && state.have >= Math.ceil(state.need) ? Decision.train : Decision.wait
]

/**
 * `need <- need - pull · ln(need) · batches / requests`, so that the pull does not depend on the requests' rate. The
 * ratio is that of the last round: with the present one a further request would make those after it count less, and
 * could delay the round.
 */
const pulled = (config: Config, state: State): State => ({
  need: Math.max(config.needMin, state.need - config.pull * state.worth * Exact.log(state.need)),
  have: state.have,
  iterations: state.iterations,
  iterationsPerBatch: state.iterationsPerBatch,
  batches: state.batches,
  requests: state.requests + 1,
  worth: state.worth,
  points: state.points
})

/** A new point on the curve, and the need it implies. */
const learnt = (config: Config, state: State, accuracy: number): State => {
  if (!(accuracy >= 0 && accuracy <= 1)) return state
  const points = [...state.points, { iterations: state.iterations, accuracy }].slice(-config.window)
  const need = accuracy < config.trustAbove ? config.needMin : nextNeed(config, { ...state, points })
  return { ...state, points, need }
}

/** Batches until the curve has risen once more by as much as in the last round; `needMax` where it never does. */
const nextNeed = (config: Config, { need, points, iterationsPerBatch }: State): number => {
  if (points.length < 3) return need
  const curve = LearningCurve.fit(points, config.gridSize)
  if (curve === undefined) return config.needMax
  const [before, now] = points
    .slice(-2)
    .map(({ iterations }) => ({ iterations, accuracy: LearningCurve.accuracy(curve, iterations) }))
  const goal = now!.accuracy + Math.max(config.gain, now!.accuracy - before!.accuracy)
  const batches = (LearningCurve.iterationsTo(curve, goal) - now!.iterations) / iterationsPerBatch
  return Math.min(config.needMax, Math.max(config.needMin, batches))
}
