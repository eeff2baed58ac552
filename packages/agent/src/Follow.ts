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
  /** What the loop has still to do, from a measurement on whose result it will react to first. */
  readonly todo: ReadonlyArray<Decision.Single>
  /** The model is another one than the snapshot's checkpoint. */
  readonly isLost: boolean
}

export const from = (state: Snapshot): Following => ({ state, todo: [], isLost: false })

export const isSure = ({ todo, isLost }: Following): boolean => todo.length === 0 && !isLost

/** After a line, at which the policy went over into this state. */
export const add = (following: Following, { observation, decision, costs }: Entry, policy: unknown): Following => {
  if (following.isLost || changesModel(observation)) return { ...following, isLost: true }
  const { state: done, todo } = until(following, observation)
  const { pending: _, ...state } = done
  const at = seconds(Math.max(state.at + Ledger.total(costs), observation.at))
  const seen = observed({ ...state, at, policy, costs: Ledger.merge(state.costs, costs) }, observation)
  return perform(seen, [...Decision.parts(decision), ...todo])
}

/** What was done before this was observed: all, or up to the measurement that gave it. One may have given nothing. */
const until = ({ state, todo }: Following, { _tag: tag }: Observation): Pick<Following, "state" | "todo"> => {
  const measured = results[tag]
  const end = measured === undefined ? -1 : todo.findIndex((part) => part._tag === measured)
  const rest = end < 0 ? todo.length : end + 1
  return { state: todo.slice(1, rest).reduce(performed, state), todo: todo.slice(rest) }
}

/** Does what follows up to the next measurement, and begins that one. */
const perform = (state: Snapshot, todo: ReadonlyArray<Decision.Single>): Following => {
  const first = todo.findIndex(({ _tag: tag }) => measurements.has(tag))
  const end = first < 0 ? todo.length : first
  return { state: todo.slice(0, end + 1).reduce(performed, state), todo: todo.slice(end), isLost: false }
}

const changesModel = ({ _tag: tag }: Observation) => tag === "RoundStarted" || tag === "Adapted"

/** Which measurement gives which observation. */
const results: { readonly [Tag in Observation["_tag"]]?: Decision.Single["_tag"] } = {
  Probed: "Probe",
  Compared: "Compare",
  Validated: "Validate",
  Pretested: "Pretest",
  Adapted: "Adapt"
}

const measurements: ReadonlySet<string> = new Set(Object.values(results))

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
