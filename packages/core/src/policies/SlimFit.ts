/**
 * SlimFit (Ardakani et al., NAACL 2024; arXiv 2305.18513): after every step the `rate` of units whose weights changed
 * least, `d = mean |dw / w|` when they last trained, are frozen and the others train. A unit that rests keeps its `d`,
 * so those that train sink below it and take turns. Starts no round.
 *
 * Mapped to units, in which a model freezes here: of each the kernels count, as the original counts tensors of more than
 * one dimension; the head, its classifier, never freezes; biases freeze with their unit. The first step trains all, where
 * the original begins with random huge changes so that each layer trains once. What it freezes is scattered: that saves
 * memory for optimiser and activations, and time only where it happens to be a prefix.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Share of the units, the head aside, that rest. The paper has 0.75 to 0.95, of tens of layers. */
  rate: Policy.field(Policy.Fraction, 0.5),
  /** Optimiser steps between choices. */
  every: Policy.field(Policy.PositiveInt, 1)
})
type Config = typeof Config.Type

export interface State {
  /** Relative change of each unit but the head when it last trained; -1 before. */
  readonly changes: ReadonlyArray<number>
  readonly frozen: ReadonlyArray<boolean>
  readonly steps: number
}

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<State> =>
  Policy.make({
    name: "slim-fit",
    config: Policy.config("slim-fit", Config)(config),
    initial: { changes: [], frozen: [], steps: 0 },
    decide
  })

const decide = (config: Config, state: State, observation: Observation): readonly [State, Decision.Decision] => {
  if (observation._tag === "Started") {
    const body = Math.max(0, observation.units - 1)
    const changes = Array.from({ length: body }, () => -1)
    return [{ changes, frozen: changes.map(() => false), steps: 0 }, Decision.watch("changes")]
  }
  if (observation._tag !== "StepFinished") return [state, Decision.wait]
  const { frozen } = state
  const changes = state.changes.map((last, unit) => newer(last, observation.units?.[unit]))
  const steps = state.steps + 1
  if (steps % config.every > 0) return [{ changes, frozen, steps }, Decision.wait]
  const next = resting(changes, Math.floor(config.rate * changes.length))
  const same = next.every((rests, unit) => rests === frozen[unit])
  return [{ changes, frozen: next, steps }, same ? Decision.wait : Decision.freeze([...next, false])]
}

const newer = (last: number, change: number | undefined) =>
  change !== undefined && change >= 0 && change < Infinity ? change : last

/** The units that changed least, which rest; one that never trained does not. */
const resting = (changes: ReadonlyArray<number>, count: number): ReadonlyArray<boolean> => {
  const known = changes.flatMap((change, unit) => (change < 0 ? [] : [unit]))
  const least = new Set(known.toSorted((a, b) => changes[a]! - changes[b]!).slice(0, count))
  return changes.map((_, unit) => least.has(unit))
}
