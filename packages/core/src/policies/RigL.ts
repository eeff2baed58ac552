/**
 * Sparse kernels whose zeros move (Evci et al., 2020). The paper's interval is 100 steps and its drop 0.3; the density with
 * which EdgeOL's paper compared is unknown. Kernels on devices like these are dense, so it saves neither time nor energy.
 */
import { Schema } from "effect"
import * as Reciting from "../internal/Reciting.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Share of all kernels' numbers that is not 0. */
  density: Policy.field(Policy.Fraction.pipe(Schema.check(Schema.isGreaterThan(0))), 0.5),
  /** Steps between two changes of where the zeros are, counted over all rounds. */
  every: Policy.field(Policy.PositiveInt, 100),
  /** Share of a kernel's weights that such a change moves in a round's first steps. */
  drop: Policy.field(Policy.Fraction, 0.3)
})

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<null> => {
  const sparse = Policy.config("rigl", Config)(config)
  return Reciting.make("rigl", sparse, { sparse })
}
