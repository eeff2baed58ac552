/**
 * Every minibatch also holds stored samples of before, against forgetting (rehearsal; Robins 1995, and with tiny stores
 * Chaudhry et al. 2019): the newest of each class, or a uniform sample of all (reservoir sampling; Vitter 1985).
 */
import { Schema } from "effect"
import * as Reciting from "../internal/Reciting.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Stored samples in a minibatch. */
  samples: Policy.PositiveInt,
  store: Policy.field(Schema.Literals(["balanced", "uniform"]), "balanced"),
  /** Samples that the store has room for. */
  capacity: Policy.field(Policy.PositiveInt, 256)
})

export const make = (config: typeof Config.Encoded): Policy.Policy<null> => {
  const { samples, store, capacity } = Policy.config("replay", Config)(config)
  return Reciting.make("replay", { samples, store, capacity }, { replay: samples, store, capacity })
}
