/**
 * Rounds pass so often over their samples. An immediate policy of too few epochs is a baseline that loses for its
 * setting, not for its idea: it is the first thing that Ekya's profiler varies (Bhardwaj et al. 2022, section 4.3).
 */
import { Schema } from "effect"
import * as Reciting from "../internal/Reciting.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({ epochs: Policy.PositiveInt })

export const make = (config: typeof Config.Encoded): Policy.Policy<null> => {
  const { epochs } = Policy.config("epochs", Config)(config)
  return Reciting.make("epochs", { epochs }, { epochs })
}
