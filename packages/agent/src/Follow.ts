/**
 * Follows a run along its tape between the loop's own snapshots, so that one that trains seldom or never can also go on
 * where it stopped.
 *
 * A line moves the state that the loop would go on from, as the loop itself does. What changes the model cannot be
 * followed: from the start of a round, or a step of the fast head, the next snapshot is the loop's. The state is `sure`
 * where no consequence of a decision is outstanding.
 */
import * as Decision from "@edgeol/core/Decision"
import type { Entry, Snapshot } from "@edgeol/core/Journal"
import * as Ledger from "@edgeol/core/Ledger"
import { defaults } from "@edgeol/core/Loop"
import type { Observation } from "@edgeol/core/Observation"
import * as Recipe from "@edgeol/core/Recipe"
import { seconds } from "@edgeol/core/Units"

export interface Following {
  readonly state: Snapshot
  /** Consequences that are still to come. */
  readonly outstanding: number
  /** The model is another one than the snapshot's checkpoint. */
  readonly isLost: boolean
}

export const from = (state: Snapshot): Following => ({ state, outstanding: 0, isLost: false })

export const isSure = ({ outstanding, isLost }: Following): boolean => outstanding === 0 && !isLost

/** After a line, at which the policy went over into this state. */
export const add = (following: Following, { observation, decision, costs }: Entry, policy: unknown): Following => {
  if (following.isLost || changesModel(observation)) return { ...following, isLost: true }
  const { pending: _, ...state } = following.state
  const { outstanding } = following
  const parts = Decision.parts(decision)
  const at = seconds(Math.max(state.at + Ledger.total(costs), observation.at))
  const seen = observed({ ...state, at, policy, costs: Ledger.merge(state.costs, costs) }, observation)
  const left = isConsequence(observation) ? outstanding - 1 : 0
  return {
    state: parts.reduce(performed, seen),
    outstanding: left + parts.filter(({ _tag: tag }) => measuring.has(tag)).length,
    isLost: false
  }
}

const changesModel = ({ _tag: tag }: Observation) => tag === "RoundStarted" || tag === "Adapted"

const measuring: ReadonlySet<Decision.Single["_tag"]> = new Set(["Probe", "Compare", "Validate", "Pretest", "Adapt"])

const isConsequence = ({ _tag: tag }: Observation) =>
  tag === "Probed" || tag === "Compared" || tag === "Validated" || tag === "Pretested"

const observed = (state: Snapshot, observation: Observation): Snapshot => {
  switch (observation._tag) {
    case "BatchArrived": {
      const { batch } = observation
      const recent = [...state.recent, batch].slice(-Math.max(defaults.validationBatches, defaults.probeBatches))
      return { ...state, arrivals: state.arrivals + 1, waiting: [...state.waiting, batch], recent }
    }
    case "RequestServed":
    case "ScenarioChanged":
      return { ...state, arrivals: state.arrivals + 1 }
    case "TimerFired":
      return { ...state, timers: state.timers.slice(1) }
    default:
      return state
  }
}

const performed = (state: Snapshot, part: Decision.Single): Snapshot => {
  switch (part._tag) {
    case "Train":
      return { ...state, wantsRound: state.wantsRound || state.waiting.length > 0 }
    case "WakeAt":
      return { ...state, timers: [...new Set([...state.timers, part.at])].toSorted((a, b) => a - b) }
    case "Freeze":
      return { ...state, frozen: state.frozen.map((_, i, all) => i < all.length - 1 && part.units[i] === true) }
    case "Watch":
      return { ...state, watch: part.what }
    case "Recipe":
      return { ...state, recipe: Recipe.merge(state.recipe, part.recipe) }
    case "Probe":
      return part.renew || state.probe.length === 0
        ? { ...state, probe: state.recent.slice(-defaults.probeBatches) }
        : state
    default:
      return state
  }
}
