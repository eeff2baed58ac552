/**
 * EdgeOL (arXiv 2401.16694): when to fine-tune (`TuningFrequency`), what to fine-tune (`SimFreeze`), both told of
 * scenario changes by detectors: of the requests' free energy, as the paper has it, and of failing on labelled batches,
 * which energy alone misses too often; or by the stream's true borders; or not at all.
 */
import { Schema } from "effect"
import * as EnergyScore from "../detectors/EnergyScore.ts"
import * as None from "../detectors/None.ts"
import * as Prequential from "../detectors/Prequential.ts"
import * as Policy from "../Policy.ts"
import * as SimFreeze from "./SimFreeze.ts"
import * as TuningFrequency from "./TuningFrequency.ts"

export const Config = Schema.Struct({
  frequency: Policy.field(TuningFrequency.Config, {}),
  freeze: Policy.field(SimFreeze.Config, {}),
  detector: Policy.field(Schema.Literals(["both", "energy", "labels", "oracle", "none"]), "both"),
  energy: Policy.field(EnergyScore.Config, {}),
  labels: Policy.field(Prequential.Config, {})
})

/** Tells a policy of the changes that either detector finds. */
export const detect =
  (energy: typeof EnergyScore.Config.Encoded = {}, labels: typeof Prequential.Config.Encoded = {}) =>
  <State>(policy: Policy.Policy<State>) =>
    Prequential.detect(labels)(EnergyScore.detect(energy)(policy))

export const make = (config: typeof Config.Encoded = {}): Policy.Policy => {
  const { frequency, freeze, detector, energy, labels } = Policy.config("edgeol", Config)(config)
  const policy = Policy.both("edgeol", TuningFrequency.make(frequency), SimFreeze.make(freeze))
  switch (detector) {
    case "both":
      return detect(energy, labels)(policy)
    case "energy":
      return EnergyScore.detect(energy)(policy)
    case "labels":
      return Prequential.detect(labels)(policy)
    case "oracle":
      return policy
    case "none":
      return None.detect(policy)
  }
}
