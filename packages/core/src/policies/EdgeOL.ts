/**
 * EdgeOL (arXiv 2401.16694): when to fine-tune (`TuningFrequency`), what to fine-tune (`SimFreeze`), both told of
 * scenario changes by a detector (`EnergyScore`, or the stream's true borders, or none).
 */
import { Schema } from "effect"
import * as EnergyScore from "../detectors/EnergyScore.ts"
import * as None from "../detectors/None.ts"
import * as Policy from "../Policy.ts"
import * as SimFreeze from "./SimFreeze.ts"
import * as TuningFrequency from "./TuningFrequency.ts"

export const Config = Schema.Struct({
  frequency: Policy.field(TuningFrequency.Config, {}),
  freeze: Policy.field(SimFreeze.Config, {}),
  detector: Policy.field(Schema.Union([Schema.Literals(["oracle", "none"]), EnergyScore.Config]), {})
})

export const make = (config: typeof Config.Encoded = {}): Policy.Policy => {
  const { frequency, freeze, detector } = Policy.config("edgeol", Config)(config)
  const policy = Policy.both("edgeol", TuningFrequency.make(frequency), SimFreeze.make(freeze))
  if (detector === "oracle") return policy
  return detector === "none" ? None.detect(policy) : EnergyScore.detect(detector)(policy)
}
