/**
 * Stops a round when its smoothed loss is low enough or has stopped falling: what the remaining steps would do is then
 * little (early stopping by progress; Prechelt 1998, section 2, here on the training loss). Starts no round.
 *
 * The smoothed loss begins with the round: `m ← m + α (loss − m)`, from its first loss. It falls while it comes below the
 * lowest so far by a relative `fall`.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** A smoothed loss of at most this is low enough. */
  loss: Policy.field(Policy.NonNegative, 0.1),
  smoothing: Policy.field(Policy.Fraction, 0.3),
  /** Steps in a row without a fall after which the loss has stopped falling. */
  patience: Policy.field(Policy.PositiveInt, 16),
  fall: Policy.field(Policy.Fraction, 0.01),
  /** Steps that a round makes at least. */
  least: Policy.field(Policy.PositiveInt, 4)
})
type Config = typeof Config.Type

export interface State {
  /** Steps of this round with a loss that is a number. */
  readonly steps: number
  readonly smoothed: number
  readonly lowest: number
  /** Steps since the last fall. */
  readonly still: number
}

const start: State = { steps: 0, smoothed: 0, lowest: 0, still: 0 }

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({ name: "settled", config: Policy.config("settled", Config)(config), initial: start, decide })

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  if (observation._tag === "RoundStarted") return [start, Decision.wait]
  if (observation._tag !== "StepFinished" || !Number.isFinite(observation.loss)) return [state, Decision.wait]
  const next = stepped(config, state, observation.loss)
  const settled = next.smoothed <= config.loss || next.still >= config.patience
  return [next, settled && next.steps >= config.least ? Decision.stopRound : Decision.wait]
}

const stepped = (config: Config, { steps, smoothed, lowest, still }: State, loss: number): State => {
  if (steps === 0) return { steps: 1, smoothed: loss, lowest: loss, still: 0 }
  const now = smoothed + config.smoothing * (loss - smoothed)
  const fell = now < lowest - config.fall * Math.abs(lowest)
  return { steps: steps + 1, smoothed: now, lowest: fell ? now : lowest, still: fell ? 0 : still + 1 }
}
