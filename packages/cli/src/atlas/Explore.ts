/**
 * A policy that decides by lot: what it does tells how the model learns, whatever policy is judged by that later. Its
 * generator is part of its state. Every so often it draws how many batches the next rounds merge, which prefix they
 * keep frozen, and whether they stop early.
 */
import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as Policy from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import { Schema } from "effect"

export const Config = Schema.Struct({
  seed: Schema.Int,
  /** Steps of a round for each of its batches. */
  stepsPerBatch: Policy.PositiveInt,
  /** Steps between probes. */
  every: Policy.field(Policy.PositiveInt, 20),
  /** Share of rounds that stop early. */
  stops: Policy.field(Policy.Fraction, 0.2),
  /** Batches that rounds merge at first; drawn where it is left out. */
  need: Schema.optionalKey(Policy.PositiveInt),
  /** Share of rounds after which need and prefix are drawn anew. */
  turns: Policy.field(Policy.Fraction, 0.25)
})
type Config = typeof Config.Type

export interface State {
  readonly rng: Rng.State
  readonly units: number
  /** Batches that the next round waits for, and those that wait. */
  readonly need: number
  readonly have: number
  /** Steps left before the running round is stopped; negative: it goes on to its end. */
  readonly left: number
  readonly steps: number
  /** Whether the next probe is of the newest batches. */
  readonly renew: boolean
}

export const make = (config: typeof Config.Encoded): Policy.Policy<State> => {
  const checked = Policy.config("explore", Config)(config)
  const rng = Rng.named(checked.seed, "explore")
  return Policy.make({
    name: `explore-${checked.seed}`,
    config: checked,
    initial: {
      need: checked.need ?? needs[rng.below(needs.length)]!,
      rng: rng.state(),
      units: 0,
      have: 0,
      left: -1,
      steps: 0,
      renew: true
    },
    decide
  })
}

/** Batches that a round merges: often few, as policies mostly do. */
const needs = [1, 1, 2, 2, 3, 4, 5, 6, 8, 12]

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  switch (observation._tag) {
    case "Started":
      return drawFreeze({ ...state, units: observation.units })
    case "BatchArrived": {
      const have = state.have + 1
      return [{ ...state, have }, Decision.all(Decision.pretest, have < state.need ? Decision.wait : Decision.train)]
    }
    case "ScenarioChanged":
      return [{ ...state, renew: true }, Decision.wait]
    case "RoundStarted":
      return [
        drawStop(config, { ...state, have: state.have - observation.batches }, observation.batches),
        Decision.wait
      ]
    case "StepFinished":
      return stepped(config, state)
    case "RoundFinished": {
      const [next, freeze] = drawTurn(config, state)
      return [next, Decision.all(Decision.validate, freeze)]
    }
    default:
      return [state, Decision.wait]
  }
}

const stepped = (config: Config, state: State): readonly [State, Decision.Decision] => {
  const steps = state.steps + 1
  const probes = steps % config.every === 0
  const left = state.left < 0 ? -1 : state.left - 1
  return [
    { ...state, steps, left, renew: state.renew && !probes },
    Decision.all(
      probes ? Decision.probe({ renew: state.renew }) : Decision.wait,
      left === 0 ? Decision.stopRound : Decision.wait
    )
  ]
}

const drawStop = (config: Config, state: State, batches: number): State => {
  const rng = Rng.restore(state.rng)
  const stops = rng.next() < config.stops
  const left = 1 + rng.below(config.stepsPerBatch * batches)
  return { ...state, rng: rng.state(), left: stops ? left : -1 }
}

const drawTurn = (config: Config, state: State): readonly [State, Decision.Decision] => {
  const rng = Rng.restore(state.rng)
  const turns = rng.next() < config.turns
  const need = needs[rng.below(needs.length)]!
  const drawn = { ...state, rng: rng.state() }
  return turns ? drawFreeze({ ...drawn, need }) : [drawn, Decision.wait]
}

/** Half of the time nothing is frozen, else a prefix of any length. */
const drawFreeze = (state: State): readonly [State, Decision.Decision] => {
  const rng = Rng.restore(state.rng)
  const depth = rng.next() < 0.5 ? 0 : 1 + rng.below(state.units - 1)
  const units = Array.from({ length: state.units }, (_, unit) => unit < depth)
  return [{ ...state, rng: rng.state() }, Decision.freeze(units)]
}
