/**
 * Infers scenario changes from requests alone, by their free energy (Liu et al., NeurIPS 2020). A validation gives the
 * mean and deviation on familiar samples; when the mean of the last `window` requests lies `z` standard errors away,
 * the world has changed, and nothing more is told until the next validation. The rule is our reconstruction. It looks
 * both ways: nets meet the foreign with more confidence as often as with less.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Told from "../internal/Told.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Newest requests whose mean is looked at. */
  window: Policy.field(Policy.PositiveInt, 8),
  /** Standard errors of that mean. */
  z: Policy.field(Policy.Positive, 4)
})
type Config = typeof Config.Type

interface Watch {
  /** Free energies of the newest requests, oldest first. */
  readonly energies: ReadonlyArray<number>
  readonly mean: number
  readonly deviation: number
  /** Whether a validation has been since the last change. */
  readonly based: boolean
}

export interface State<Inner> {
  readonly watch: Watch
  readonly inner: Inner
}

const initial: Watch = { energies: [], mean: 0, deviation: 0, based: false }

/** Tells a policy of changes that it finds; hides the oracle's. Asks for a validation after each round. */
export const detect =
  (config: typeof Config.Encoded = {}) =>
  <Inner>(policy: Policy.Policy<Inner>): Policy.Policy<State<Inner>> => {
    const checked = Policy.config("energy-score", Config)(config)
    return {
      name: policy.name,
      config: { detector: { energyScore: checked }, policy: policy.config },
      initial: { watch: initial, inner: policy.initial },
      decide(state, observation) {
        if (Told.byOracle(observation)) return [state, Decision.wait]
        const [watch, changed] = look(checked, state.watch, observation)
        const [inner, decision] = policy.decide(state.inner, observation)
        const asks = observation._tag === "RoundFinished" ? Decision.all(decision, Decision.validate) : decision
        if (!changed) return [{ watch, inner }, asks]
        const [after, more] = policy.decide(inner, Told.change(observation.at))
        return [{ watch, inner: after }, Decision.all(asks, more)]
      }
    }
  }

/** The watch after an observation, and whether the world changed. */
const look = (config: Config, watch: Watch, observation: Observation): readonly [Watch, boolean] => {
  if (observation._tag === "Validated")
    return [rebased(watch, observation.energyMean, observation.energyDeviation), false]
  if (observation._tag !== "RequestServed" || !Number.isFinite(observation.energy)) return [watch, false]
  const { mean, deviation, based } = watch
  const energies = watch.energies.slice(watch.energies.length < config.window ? 0 : 1)
  energies.push(observation.energy)
  const far = Math.abs(average(energies) - mean) > (config.z * deviation) / Math.sqrt(config.window)
  const changed = based && energies.length === config.window && far
  return [{ energies, mean, deviation, based: based && !changed }, changed]
}

/** A new model, and what energies it gives to familiar samples; requests answered by the old one no longer count. */
const rebased = (watch: Watch, mean: number, deviation: number): Watch =>
  Number.isFinite(mean) && deviation > 0 && deviation < Infinity
    ? { energies: [], mean, deviation, based: true }
    : watch

const average = (values: ReadonlyArray<number>) => {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
