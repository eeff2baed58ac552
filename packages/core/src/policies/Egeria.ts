/**
 * Egeria (Wang et al., EuroSys 2023; arXiv 2201.06227): freezes the front-most unit whose plasticity stands still. The
 * plasticity of a unit is its similarity-preserving loss against a reference model rounded to 8 bits; it is averaged over
 * a window of evaluations, a line is fitted to the window's averages, and a unit freezes when the line is flat at several
 * evaluations in a row. Then the next unit's turn comes. Starts no round.
 *
 * Mapped to one stream: the reference is the model as deployed and stays so, where the original takes a new snapshot now
 * and then; a scenario change that is heard of thaws all, where the original waits for the learning rate to drop tenfold.
 * How flat is flat was not to be read; here the line may rise or fall over the window by a share of its mean. Its cache of
 * the frozen units' activations is the learner's affair, and so are evaluations on idle processors: here they are billed.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Optimiser steps between evaluations. */
  every: Policy.field(Policy.PositiveInt, 8),
  /** Evaluations that are averaged, and averages that a line is fitted to. */
  window: Policy.field(Policy.PositiveInt.check(Schema.isGreaterThan(1)), 2),
  /** Largest rise or fall of the line over the window, as a share of its mean, that counts as standing still. */
  tolerance: Policy.field(Policy.NonNegative, 0.25),
  /** Evaluations in a row at which a unit must stand still. */
  hits: Policy.field(Policy.PositiveInt, 1)
})
type Config = typeof Config.Type

/** Newest last. */
interface Curve {
  readonly raw: ReadonlyArray<number>
  readonly averages: ReadonlyArray<number>
}

export interface State {
  /** Of units but the head. */
  readonly curves: ReadonlyArray<Curve>
  /** Units frozen, from the input. */
  readonly frozen: number
  /** Evaluations in a row at which the front-most open unit stood still. */
  readonly still: number
  readonly steps: number
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({
    name: "egeria",
    config: Policy.config("egeria", Config)(config),
    initial: { curves: [], frozen: 0, still: 0, steps: 0 },
    decide
  })

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  const { curves, frozen, still } = state
  switch (observation._tag) {
    case "Started":
      return [begun(observation.units - 1, 0), Decision.wait]
    case "StepFinished": {
      const steps = state.steps + 1
      const due = steps % config.every === 0 && frozen < curves.length
      return [{ curves, frozen, still, steps }, due ? Decision.compare : Decision.wait]
    }
    case "ScenarioChanged":
      return [
        begun(curves.length, state.steps),
        frozen === 0 ? Decision.wait : Decision.freeze(prefix(0, curves.length))
      ]
    case "Compared":
      return compared(config, state, observation.distance)
    default:
      return [state, Decision.wait]
  }
}

const begun = (units: number, steps: number): State => ({
  curves: Array.from({ length: Math.max(0, units) }, () => ({ raw: [], averages: [] })),
  frozen: 0,
  still: 0,
  steps
})

const compared = (
  config: Config,
  state: State,
  distance: ReadonlyArray<number>
): readonly [State, Decision.Decision] => {
  const { frozen, steps } = state
  const curves = state.curves.map((curve, unit) => longer(config, curve, distance[unit]))
  const front = curves[frozen]
  if (front === undefined) return [state, Decision.wait]
  const still = flat(config, front.averages) ? state.still + 1 : 0
  if (still < config.hits) return [{ curves, frozen, still, steps }, Decision.wait]
  return [{ curves, frozen: frozen + 1, still: 0, steps }, Decision.freeze(prefix(frozen + 1, curves.length))]
}

/** A loss that is none is passed over; so is one so large that a sum of squares would not be finite. */
const longer = ({ window }: Config, curve: Curve, loss: number | undefined): Curve => {
  if (loss === undefined || !(Math.abs(loss) < 1e100)) return curve
  const raw = [...curve.raw, loss].slice(-window)
  if (raw.length < window) return { raw, averages: curve.averages }
  return { raw, averages: [...curve.averages, mean(raw)].slice(-window) }
}

/** Whether the line through a full window of averages, by least squares, moves by no more than the tolerance. */
const flat = ({ window, tolerance }: Config, averages: ReadonlyArray<number>): boolean => {
  if (averages.length < window) return false
  const middle = (window - 1) / 2
  let [products, squares] = [0, 0]
  for (let i = 0; i < window; i++) {
    products += (i - middle) * averages[i]!
    squares += (i - middle) * (i - middle)
  }
  return Math.abs(products / squares) * (window - 1) <= tolerance * Math.abs(mean(averages))
}

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** A mask of the units and the head. */
const prefix = (frozen: number, body: number) => Array.from({ length: body + 1 }, (_, unit) => unit < frozen)
