/** Scenario changes as detectors hide and tell them. */
import type { Observation } from "../Observation.ts"
import type { Seconds } from "../Units.ts"

export const byOracle = (observation: Observation): boolean =>
  observation._tag === "ScenarioChanged" && observation.source === "oracle"

export const change = (at: Seconds): Observation => ({ _tag: "ScenarioChanged", at, source: "detector" })
