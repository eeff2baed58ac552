/** When the world changed: by the stream's true borders, and by what a policy's detector inferred. */
import * as Decision from "@edgeol/core/Decision"
import * as EnergyScore from "@edgeol/core/detectors/EnergyScore"
import * as Prequential from "@edgeol/core/detectors/Prequential"
import type { Entry } from "@edgeol/core/Journal"
import * as Policy from "@edgeol/core/Policy"
import { Schema } from "effect"
import type { Tape } from "../Tape.ts"

export interface Change {
  readonly at: number
  readonly scenario: string
}

/** True borders, of the runs on one stream: at each, the earliest time at which a run met it. */
export const borders = (tapes: ReadonlyArray<Tape>): ReadonlyArray<Change> => {
  const met = tapes.map(({ entries }) => times(entries, "oracle"))
  const names = tapes[0]?.header.scenarios ?? []
  return names.flatMap((scenario, i) => {
    const at = Math.min(...met.map((of) => of[i] ?? Infinity))
    return Number.isFinite(at) ? [{ at, scenario }] : []
  })
}

const times = (entries: ReadonlyArray<Entry>, source: "oracle" | "detector") =>
  entries.flatMap(({ observation }) =>
    observation._tag === "ScenarioChanged" && observation.source === source ? [observation.at] : []
  )

/**
 * Detected changes, or undefined where the policy has no detector. A detector tells its policy and nobody else, so
 * they are not on the tape; but it is a pure machine, and its configuration is: replaying it finds them again.
 */
export const detected = ({ header, entries }: Tape): ReadonlyArray<number> | undefined => {
  const listener = listening(header.policy.config)
  if (listener === listen) {
    const recorded = times(entries, "detector")
    return recorded.length === 0 ? undefined : recorded
  }
  let state = listener.initial
  for (const { observation } of entries) state = listener.decide(state, observation)[0]
  while (!Array.isArray(state)) state = state.inner
  return state
}

/** Writes down the changes it is told of. */
const listen: Policy.Policy = Policy.make<object, ReadonlyArray<number>>({
  name: "listen",
  config: {},
  initial: [],
  decide: (_, heard, observation) => [
    observation._tag === "ScenarioChanged" ? [...heard, observation.at] : heard,
    Decision.wait
  ]
})

/** A listener in the place of a policy, inside the detectors that its configuration names. Guards are left out. */
const listening = (config: unknown): Policy.Policy => {
  if (!isAround(config)) return listen
  const inner = listening(config.policy)
  if (isEnergyScore(config.detector)) return EnergyScore.detect(config.detector.energyScore)(inner)
  return isPrequential(config.detector) ? Prequential.detect(config.detector.prequential)(inner) : inner
}

const isAround = Schema.is(Schema.Struct({ policy: Schema.Unknown, detector: Schema.optionalKey(Schema.Unknown) }))
const isEnergyScore = Schema.is(Schema.Struct({ energyScore: EnergyScore.Config }))
const isPrequential = Schema.is(Schema.Struct({ prequential: Prequential.Config }))
