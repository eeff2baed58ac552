/**
 * Ekya (Bhardwaj et al., NSDI 2022): in windows; a micro-profiler tries configurations of a round, and the one with the
 * highest predicted accuracy, averaged over the next window, is trained, or none if none beats the present model.
 *
 * Mapped to one device and one stream. A window is `window` batches, not 200 s. Its first batch is the profiler's sample,
 * as Ekya's are 5-10 % of a window's data: one round on it gives each of `prefixes` frozen prefixes `trial` steps in turn,
 * with a validation before and after. Each prefix's two accuracies, and the end that Ekya's code assumes (0.95 after 30
 * epochs), fit the learning curve; seconds per step and the rest of the round are measured. At the window's end the model is
 * validated, and epochs (1, 2, 4 …), share (1, 1/2 …) and prefix are chosen for one round on all that waits.
 *
 * Otherwise than there: trials go on from each other, for a round cannot be taken back, and what they learn serves; epochs and
 * shares are not tried but read off the curve, where a share's step is taken to teach as much as any. With one stream the
 * thief has nobody to steal from but inference, which comes first here: of its search for shares of the device there remains
 * whether to train, and `price`, the accuracy that a window loses while a round runs. Left out: inference configurations,
 * last-layer widths and minibatch sizes to choose from, and dropping bad configurations after every two windows.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"
import * as EkyaChoice from "./EkyaChoice.ts"

export const Config = Schema.Struct({
  /** Batches of a window. */
  window: Policy.field(Schema.Int.pipe(Schema.check(Schema.isGreaterThan(1))), 8),
  /** Frozen prefixes tried, from none to all but the last two units. */
  prefixes: Policy.field(Policy.PositiveInt, 3),
  /** Optimiser steps of a trial. */
  trial: Policy.field(Policy.PositiveInt, 4),
  /** The most epochs, and how many shares. */
  epochs: Policy.field(Policy.PositiveInt, 8),
  shares: Policy.field(Policy.PositiveInt, 2),
  end: Policy.field(Policy.Fraction, 0.95),
  price: Policy.field(Policy.Fraction, 0),
  /** Samples of a minibatch, which say how many steps an epoch has. */
  batchSize: Policy.field(Policy.PositiveInt, 16)
})
type Config = typeof Config.Type

export interface State {
  /** Collects a window; profiles on its first batch; is validated at its end; trains. */
  readonly phase: "collecting" | "profiling" | "judging" | "training"
  readonly units: number
  readonly running: boolean
  /** Batches since the window began, and when that was. */
  readonly batches: number
  readonly began: number
  /** Samples that wait. */
  readonly samples: number
  /** Last validated accuracy. */
  readonly accuracy: number
  /** Those of this window that came to an end. */
  readonly trials: ReadonlyArray<EkyaChoice.Trial>
  /** The one that goes on: the accuracy before it, its steps so far, when it began and when its last step ended. */
  readonly trial: {
    readonly before: number
    readonly steps: number
    readonly since: number
    readonly until: number
  } | null
  /** Seconds of the last profile beside its steps. */
  readonly fixed: number
}

const initial: State = {
  phase: "collecting",
  units: 0,
  running: false,
  batches: 0,
  began: 0,
  samples: 0,
  accuracy: 0,
  trials: [],
  trial: null,
  fixed: 0
}

type Step = readonly [State, Decision.Decision]

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({ name: "ekya", config: Policy.config("ekya", Config)(config), initial, decide })

const decide = (config: Config, state: State, observation: Observation): Step => {
  switch (observation._tag) {
    case "Started":
      return [{ ...state, units: observation.units, began: observation.at }, Decision.wait]
    case "BatchArrived": {
      const { batches, samples } = state
      return arrived(config, { ...state, batches: batches + 1, samples: samples + observation.samples })
    }
    case "RoundStarted":
      return begun({ ...state, running: true, samples: 0 })
    case "StepFinished":
      return stepped(config, state, observation.at)
    case "Validated":
      return validated(config, judged(state, observation.accuracy), observation.at)
    case "RoundFinished":
      return [finished(config, state, observation.seconds), Decision.wait]
    default:
      return [state, Decision.wait]
  }
}

/** The first batch is profiled on; the last ends the window. A round that was asked for and did not begin is asked for again. */
const arrived = (config: Config, state: State): Step => {
  const { phase, running, batches } = state
  if (running) return [state, Decision.wait]
  if (phase === "collecting" && state.trials.length === 0) {
    const recipe = Decision.recipe({ epochs: config.prefixes * config.trial, share: 1 })
    return [{ ...state, phase: "profiling" }, Decision.all(recipe, Decision.train)]
  }
  if (phase === "collecting" && batches >= config.window) return [{ ...state, phase: "judging" }, Decision.validate]
  return [state, phase === "profiling" || phase === "training" ? Decision.train : Decision.wait]
}

const begun = (state: State): Step =>
  state.phase === "profiling"
    ? [{ ...state, trials: [], trial: null }, Decision.all(frozen(state, 0), Decision.validate)]
    : [state, Decision.wait]

const stepped = (config: Config, state: State, at: number): Step => {
  const { trial } = state
  if (trial === null) return [state, Decision.wait]
  const next = { ...trial, steps: trial.steps + 1, until: at }
  return [{ ...state, trial: next }, next.steps === config.trial ? Decision.validate : Decision.wait]
}

const judged = (state: State, accuracy: number): State =>
  accuracy >= 0 && accuracy <= 1 ? { ...state, accuracy } : state

const validated = (config: Config, state: State, at: number): Step => {
  const { phase, running, trial, trials } = state
  if (phase === "judging") return chosen(config, state, at)
  if (phase !== "profiling" || !running || trials.length >= config.prefixes) return [state, Decision.wait]
  if (trial === null) return [opened(state, at), Decision.wait]
  return trial.steps < config.trial ? [state, Decision.wait] : tried(config, state, trial, at)
}

const opened = (state: State, at: number): State => ({
  ...state,
  trial: { before: state.accuracy, steps: 0, since: at, until: at }
})

/** A trial came to its end: the next one begins, or the round has told enough. */
const tried = (config: Config, state: State, trial: NonNullable<State["trial"]>, at: number): Step => {
  const { before, steps, since, until } = trial
  const depth = depthOf(config, state, state.trials.length)
  const trials = [...state.trials, { depth, before, after: state.accuracy, seconds: (until - since) / steps }]
  if (trials.length >= config.prefixes) return [{ ...state, trials, trial: null }, Decision.stopRound]
  return [opened({ ...state, trials }, at), frozen(state, depthOf(config, state, trials.length))]
}

const finished = (config: Config, state: State, seconds: number): State => {
  const rest = { ...state, running: false, phase: "collecting" as const, trial: null }
  if (state.phase === "training") return { ...rest, trials: [] }
  if (state.phase !== "profiling") return { ...state, running: false }
  const spent = state.trials.reduce((sum, trial) => sum + config.trial * trial.seconds, 0)
  return { ...rest, fixed: seconds > spent && seconds < Infinity ? seconds - spent : 0 }
}

/** At the window's end; the next one begins. */
const chosen = (config: Config, state: State, at: number): Step => {
  const { trials, accuracy: now, samples, fixed, began } = state
  const situation = { trials, steps: config.trial, now, samples, window: Math.max(at - began, 1e-9), fixed }
  const configuration = EkyaChoice.best(config, situation)
  const next = { ...state, batches: 0, began: at }
  if (configuration === undefined) return [{ ...next, phase: "collecting", trials: [] }, Decision.wait]
  const { depth, epochs, share } = configuration
  const asked = Decision.all(Decision.recipe({ epochs, share }), frozen(state, depth), Decision.train)
  return [{ ...next, phase: "training" }, asked]
}

/** Prefixes are spread evenly; the last two units always train, as a head alone cannot follow. */
const depthOf = ({ prefixes }: Config, { units }: State, trial: number): number =>
  Math.floor((trial * Math.max(0, units - 2)) / Math.max(1, prefixes - 1))

const frozen = ({ units }: State, depth: number): Decision.Single =>
  Decision.freeze(Array.from({ length: units }, (_, unit) => unit < depth))
