/** Freezers that look at nothing but how far training is: the frozen prefix is a function of the steps taken. */
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export interface State {
  readonly units: number
  /** Optimiser steps since the start, or since the world changed. */
  readonly steps: number
  /** Units frozen, from the input. */
  readonly frozen: number
}

/** `depth` gives the units frozen after so many steps, of a model of so many. A change begins the schedule again. */
export const make = <Config>(
  name: string,
  config: Config,
  depth: (config: Config, units: number, steps: number) => number
): Policy.Policy<State> =>
  Policy.make<Config, State>({
    name,
    config,
    initial: { units: 0, steps: 0, frozen: 0 },
    decide(of, state, observation) {
      const next = after(state, observation)
      if (next === state) return [state, Decision.wait]
      const { units, steps } = next
      const frozen = Math.max(0, Math.min(units - 1, depth(of, units, steps)))
      const turned = frozen === state.frozen ? Decision.wait : Decision.freeze(prefix(units, frozen))
      return [{ units, steps, frozen }, turned]
    }
  })

const after = (state: State, observation: Observation): State => {
  switch (observation._tag) {
    case "Started":
      return { units: observation.units, steps: state.steps, frozen: state.frozen }
    case "StepFinished":
      return { units: state.units, steps: state.steps + 1, frozen: state.frozen }
    case "ScenarioChanged":
      return { units: state.units, steps: 0, frozen: state.frozen }
    default:
      return state
  }
}

const prefix = (units: number, frozen: number) => Array.from({ length: units }, (_, unit) => unit < frozen)
