/**
 * Intra-tuning (EdgeOL's similarity-aware freezing; arXiv 2401.16694): freezes units whose self-representational
 * similarity, CKA with the initial model, has settled, and thaws those that a new scenario moves. Starts no round.
 *
 * The rule is our reconstruction. A unit must stand still at several checks in a row, since one small change happens by
 * luck. A scenario change thaws all, and what proves unmoved on the new probe freezes again: batch statistics frozen
 * under one light fail under another. The last units never freeze: a head alone cannot follow.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Optimiser steps between checks. */
  every: Policy.field(Policy.PositiveInt, 20),
  /** Largest relative change of CKA between checks that counts as standing still. */
  settled: Policy.field(Policy.NonNegative, 0.01),
  /** Checks in a row at which a unit stood still before it is frozen. */
  hits: Policy.field(Policy.PositiveInt, 2),
  /** Largest relative change of CKA from the old probe to the new one at which a thawed unit freezes again. */
  thaw: Policy.field(Policy.NonNegative, 0.01),
  /** Freeze only a prefix: the backward pass is cut nowhere else. */
  prefix: Policy.field(Schema.Boolean, true),
  /** Units at the output that are never frozen. */
  keepLast: Policy.field(Policy.PositiveInt, 2)
})
type Config = typeof Config.Type

interface Unit {
  readonly similarity: number
  /** Checks in a row at which it stood still. */
  readonly still: number
  readonly frozen: boolean
}

export interface State {
  readonly units: ReadonlyArray<Unit>
  readonly steps: number
  /** Whether the next measurement is the first on a new probe. */
  readonly renewed: boolean
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({
    name: "sim-freeze",
    config: Policy.config("sim-freeze", Config)(config),
    initial: { units: [], steps: 0, renewed: true },
    decide
  })

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  switch (observation._tag) {
    case "Started": {
      const units = Array.from({ length: observation.units }, () => ({
        similarity: unmeasured,
        still: 0,
        frozen: false
      }))
      return [{ ...state, units }, Decision.wait]
    }
    case "StepFinished": {
      const { units, renewed } = state
      const steps = state.steps + 1
      const due = steps % config.every === 0
      return [{ units, steps, renewed }, due ? Decision.probe({ renew: renewed }) : Decision.wait]
    }
    case "ScenarioChanged":
      return thawed(state)
    case "Probed":
      return probed(config, state, observation.similarity)
    default:
      return [state, Decision.wait]
  }
}

/** No similarity measured yet; CKA itself is at most 1. */
const unmeasured = 2

const probed = (
  config: Config,
  state: State,
  similarity: ReadonlyArray<number>
): readonly [State, Decision.Decision] => {
  const update = state.renewed ? onNewProbe : onKeptProbe
  const freezable = state.units.length - config.keepLast
  const measured = state.units.map((unit, i) =>
    Number.isFinite(similarity[i]) ? update(config, unit, similarity[i]!, i < freezable) : unit
  )
  const units = config.prefix ? leading(measured) : measured
  const before = frozen(state.units)
  const after = frozen(units)
  const changed = after.some((is, i) => is !== before[i])
  return [{ ...state, units, renewed: false }, changed ? Decision.freeze(after) : Decision.wait]
}

const onKeptProbe = (config: Config, unit: Unit, similarity: number, freezable: boolean): Unit => {
  if (unit.frozen || !freezable) return { ...unit, similarity }
  const still = moved(unit.similarity, similarity) <= config.settled ? unit.still + 1 : 0
  return { similarity, still, frozen: still >= config.hits }
}

const onNewProbe = (config: Config, unit: Unit, similarity: number, freezable: boolean): Unit => {
  const unmoved = freezable && unit.still >= config.hits && moved(unit.similarity, similarity) <= config.thaw
  return unmoved ? { ...unit, similarity, frozen: true } : { similarity, still: 0, frozen: false }
}

/** Thaws all units, which keep their counts until they are measured on a new probe. */
const thawed = (state: State): readonly [State, Decision.Decision] => {
  if (!state.units.some((unit) => unit.frozen)) return [{ ...state, renewed: true }, Decision.wait]
  const units = state.units.map((unit) => ({ ...unit, frozen: false }))
  return [{ ...state, units, renewed: true }, Decision.freeze(frozen(units))]
}

/** Relative change; infinite from a similarity that was not measured. */
const moved = (from: number, to: number) =>
  from === unmeasured ? Infinity : Math.abs(to - from) / Math.max(Math.abs(from), 1e-6)

const frozen = (units: ReadonlyArray<Unit>) => units.map((unit) => unit.frozen)

/** Only the leading run of frozen units stays frozen; what settled behind it keeps its count. */
const leading = (units: ReadonlyArray<Unit>): ReadonlyArray<Unit> => {
  const open = units.findIndex((unit) => !unit.frozen)
  return units.map((unit, i) => (unit.frozen && open >= 0 && i > open ? { ...unit, frozen: false } : unit))
}
