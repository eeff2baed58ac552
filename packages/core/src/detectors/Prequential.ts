/**
 * Finds scenario changes where the model fails: each labelled batch is tested on before it is learnt (prequential;
 * Dawid, 1984), and one that falls `z` binomial deviations below the level of those before it is a change. The test is
 * that of the drift detection method (Gama et al., 2004), a batch at a time. Costs one forward pass a batch.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Told from "../internal/Told.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Deviations below the level, `sqrt(p (1 - p) / n)` for a level `p` and a batch of `n`. */
  z: Policy.field(Policy.Positive, 2.5),
  /** Weight of the newest batch in the level. */
  smoothing: Policy.field(Policy.Fraction, 0.3)
})
type Config = typeof Config.Type

export interface State<Inner> {
  /** Smoothed accuracy on batches not learnt yet, since the last change; negative before the first. */
  readonly level: number
  readonly inner: Inner
}

/** Tells a policy of changes that it finds, besides those that other detectors find; hides the oracle's. */
export const detect =
  (config: typeof Config.Encoded = {}) =>
  <Inner>(policy: Policy.Policy<Inner>): Policy.Policy<State<Inner>> => {
    const checked = Policy.config("prequential", Config)(config)
    return {
      name: policy.name,
      config: { detector: { prequential: checked }, policy: policy.config },
      initial: { level: -1, inner: policy.initial },
      decide(state, observation) {
        if (Told.byOracle(observation)) return [state, Decision.wait]
        const [inner, decision] = policy.decide(state.inner, observation)
        if (observation._tag !== "Pretested") {
          const asks = observation._tag === "BatchArrived" ? Decision.all(decision, Decision.pretest) : decision
          return [{ level: state.level, inner }, asks]
        }
        const { accuracy, samples } = observation
        if (!(accuracy >= 0 && accuracy <= 1)) return [{ level: state.level, inner }, decision]
        const changed = fell(checked, state.level, accuracy, samples)
        const level = state.level < 0 || changed ? accuracy : state.level + checked.smoothing * (accuracy - state.level)
        if (!changed) return [{ level, inner }, decision]
        const [after, more] = policy.decide(inner, Told.change(observation.at))
        return [{ level, inner: after }, Decision.all(decision, more)]
      }
    }
  }

/** Half a sample keeps the deviation above zero where the level is 0 or 1. */
const fell = ({ z }: Config, level: number, accuracy: number, samples: number): boolean => {
  const p = Math.min(1 - 0.5 / samples, Math.max(0.5 / samples, level))
  return level >= 0 && samples > 0 && accuracy < level - z * Math.sqrt((p * (1 - p)) / samples)
}
