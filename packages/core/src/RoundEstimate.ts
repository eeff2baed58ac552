/**
 * What a deep round on what waits would cost and mend, by what is known so far.
 *
 * The errors of the head on a batch before it learns it are what a round could still mend. `recovers` is the share of them
 * that a round over one batch mends for good: by how much errors in the window of batches after a round are lower than
 * without one, against the errors that it learnt from; `prior` counts as much as `weight` errors. Windows without a round are
 * the control, as a line through the errors before and in them: high errors fall by themselves, when the head gets used to a
 * new scenario. Windows in which the scenario seems to change tell nothing. What rounds did is forgotten slowly, so that
 * rounds are not given up for good.
 *
 * What a round costs is a line through the rounds so far, joules against batches. Rounds may be run in several ways, such as
 * with more of the model frozen: each has evidence of its own, and the control is common to all.
 */
import { Schema } from "effect"
import * as Policy from "./Policy.ts"

export const fields = {
  /** Joules of a round before any has run: of its start, and for each batch. */
  fixed: Policy.field(Policy.NonNegative, 4),
  perBatch: Policy.field(Policy.NonNegative, 1),
  /** Share of the remaining errors that a round over one batch is believed to mend before any has run. */
  prior: Policy.field(Policy.Fraction, 0.02),
  /** Weight of the newest batch in the level of errors. */
  smoothing: Policy.field(Policy.Fraction, 0.2),
  /** Batches of a window. */
  judgeAfter: Policy.field(Policy.PositiveInt, 4)
}
const Config = Schema.Struct(fields)
type Config = typeof Config.Type

const weight = 4
const memory = 0.97
/** A rise in errors that says that the scenario is another: three standard errors of four batches of 16. */
const rise = 0.2

/** Sums for a straight line: number, x, y, x², x · y. */
type Line = readonly [n: number, x: number, y: number, xx: number, xy: number]

interface Window {
  readonly level: number
  /** What the round before it learnt from; 0 without one. */
  readonly learnt: number
  readonly batches: number
  /** Sum of the errors in it. */
  readonly errors: number
}

export interface Waiting {
  readonly batches: number
  readonly errors: number
}

export interface State {
  /** Batches that wait, and the sum of the head's errors on them, on each before it was learnt. */
  readonly waiting: Waiting
  /** Smoothed errors; negative before the first. */
  readonly level: number
  /** Errors in the round that runs; negative while none does. */
  readonly learning: number
  readonly window: Window | null
  /** In which way the round that runs, or ran last, is run. */
  readonly way: number
  /** What rounds mended, and the errors that they learnt from, by way. */
  readonly mended: ReadonlyArray<readonly [fall: number, learnt: number]>
  readonly control: Line
  readonly rounds: ReadonlyArray<Line>
}

const nothing: Waiting = { batches: 0, errors: 0 }

/** The control says at first that errors stay as they are. */
export const start = (ways: number): State => ({
  waiting: nothing,
  level: -1,
  learning: -1,
  window: null,
  way: 0,
  mended: Array.from({ length: ways }, () => [0, 0]),
  control: [2, 1, 1, 1, 1],
  rounds: Array.from({ length: ways }, () => [0, 0, 0, 0, 0])
})

/** With one way. */
export const initial: State = start(1)

/** The head was wrong so often on a batch that it then learnt. */
export const adapted = (config: Config, state: State, wrong: number): State => {
  if (!(wrong >= 0 && wrong <= 1)) return state
  const level = state.level < 0 ? wrong : state.level + config.smoothing * (wrong - state.level)
  const waiting = { batches: state.waiting.batches + 1, errors: state.waiting.errors + wrong }
  if (state.window === null) return { ...state, level, waiting, window: state.learning < 0 ? opened(level, 0) : null }
  const window = { ...state.window, batches: state.window.batches + 1, errors: state.window.errors + wrong }
  if (window.batches < config.judgeAfter) return { ...state, level, waiting, window }
  return { ...judged(state, window, level), waiting }
}

export const roundStarted = (state: State, way = 0): State => ({
  ...state,
  way,
  waiting: nothing,
  learning: state.waiting.errors,
  window: null
})

export const roundFinished = (state: State, batches: number, joules: number): State => ({
  ...state,
  learning: -1,
  window: state.level < 0 ? null : opened(state.level, Math.max(0, state.learning)),
  rounds:
    joules >= 0 && joules < Infinity
      ? state.rounds.map((line, way) => (way === state.way ? through(line, batches, joules) : line))
      : state.rounds
})

/** Right answers per request that a round would add which learns from so many errors: from all that wait, unless told. */
export const gain = (config: Config, state: State, way = 0, errors = state.waiting.errors): number =>
  Math.min(Math.max(0, state.level), recovers(config, state.mended[way]!) * errors)

/** Joules of a round; before two rounds of different size by what was told, with `compute` times as much for each batch. */
export const cost = ({ fixed, perBatch }: Config, { rounds, waiting }: State, way = 0, compute = 1): number => {
  const [n, x, y, xx, xy] = rounds[way]!
  const each = compute * perBatch
  if (n === 0) return fixed + each * waiting.batches
  const spread = n * xx - x * x
  const slope = spread > 0 ? Math.max(0, (n * xy - x * y) / spread) : (each * y) / (n * fixed + each * x || 1)
  return Math.max(0, (y - slope * x) / n) + slope * waiting.batches
}

/** Share of the errors a round learns from that it mends, by what rounds mended and learnt from so far. */
export const recovers = ({ prior }: Pick<Config, "prior">, [fall, learnt]: State["mended"][number]): number =>
  Math.min(1, Math.max(0, (prior * weight + fall) / (weight + learnt)))

const opened = (level: number, learnt: number): Window => ({ level, learnt, batches: 0, errors: 0 })

/** A window without a round is control, one after a round is evidence: then errors are at once on a new level. */
const judged = (state: State, { level: before, learnt, batches, errors }: Window, level: number): State => {
  const after = errors / batches
  if (after > before + rise) return { ...state, level: after, window: opened(after, 0) }
  if (learnt > 0) {
    const fell = at(state.control, before) - after
    return { ...state, level: after, mended: faded(state, fell, learnt), window: opened(after, 0) }
  }
  return {
    ...state,
    level,
    mended: faded(state, 0, 0),
    control: through(state.control, before, after),
    window: opened(level, 0)
  }
}

/** What rounds did is forgotten a little, and what the last one did is added. */
const faded = ({ mended, way }: State, fell: number, learnt: number): State["mended"] =>
  mended.map(([fall, of], i) => [memory * fall + (i === way ? fell : 0), memory * of + (i === way ? learnt : 0)])

const through = ([n, sx, sy, xx, xy]: Line, x: number, y: number): Line => [
  n + 1,
  sx + x,
  sy + y,
  xx + x * x,
  xy + x * y
]

const at = ([n, sx, sy, xx, xy]: Line, x: number): number => {
  const slope = (n * xy - sx * sy) / (n * xx - sx * sx)
  return (sy + slope * (n * x - sx)) / n
}
