/**
 * Rounds learn only the share of their samples that the serving model finds hardest (selective backprop; Jiang et al.
 * 2019): what it answers well already teaches little. Judging them all costs one pass, which is billed.
 */
import { Schema } from "effect"
import * as Reciting from "../internal/Reciting.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  share: Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)), Schema.check(Schema.isLessThanOrEqualTo(1)))
})

export const make = (config: typeof Config.Encoded): Policy.Policy<null> => {
  const { share } = Policy.config("hard", Config)(config)
  return Reciting.make("hard", { share }, { share })
}
