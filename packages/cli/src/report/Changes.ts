/** When the world changed: by the stream's true borders, and by what a policy's detector inferred. */
import * as Decision from "@edgeol/core/Decision"
import * as EnergyScore from "@edgeol/core/detectors/EnergyScore"
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
  const config = detector(header.policy.config)
  if (config === undefined) {
    const recorded = times(entries, "detector")
    return recorded.length === 0 ? undefined : recorded
  }
  const listener = EnergyScore.detect(config)(listen)
  let state = listener.initial
  for (const { observation } of entries) state = listener.decide(state, observation)[0]
  return state.inner
}

/** Writes down the changes it is told of. */
const listen = Policy.make<object, ReadonlyArray<number>>({
  name: "listen",
  config: {},
  initial: [],
  decide: (_, heard, observation) => [
    observation._tag === "ScenarioChanged" ? [...heard, observation.at] : heard,
    Decision.wait
  ]
})

/** The outermost detector's configuration, inside guards or not. */
const detector = (config: unknown): typeof EnergyScore.Config.Type | undefined =>
  isDetecting(config) ? config.detector.energyScore : isGuarding(config) ? detector(config.policy) : undefined

const isDetecting = Schema.is(Schema.Struct({ detector: Schema.Struct({ energyScore: EnergyScore.Config }) }))
const isGuarding = Schema.is(Schema.Struct({ policy: Schema.Unknown }))
