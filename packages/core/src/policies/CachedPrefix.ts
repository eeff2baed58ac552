/**
 * Activations of the frozen prefix are computed once per round and kept over its epochs (Egeria; Wang et al. 2023,
 * section 4.3). Saves nothing where nothing is frozen or a round has one epoch.
 */
import * as Reciting from "../internal/Reciting.ts"
import * as Policy from "../Policy.ts"

export const make = (config: object = {}): Policy.Policy<null> => {
  Policy.config("cached", Policy.NoFields)(config)
  return Reciting.make("cached", {}, { cache: true })
}
