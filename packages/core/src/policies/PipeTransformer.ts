/**
 * PipeTransformer's freezing (He et al., ICML 2021, eq. 1 unrolled): after epoch `T` the first `ceil(L (1 - (1 - a)^T))` of `L`
 * layers are frozen, each epoch a share `a` of those still open; the head is none of them. Starts no round.
 *
 * Mapped to one stream: an epoch is `steps` optimiser steps, counted anew from each scenario change that is heard of. Its
 * elastic pipelines over many devices have no counterpart on one; its rule by gradient norms is switched off in its code.
 */
import { Schema } from "effect"
import * as Schedule from "../internal/Schedule.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Share of the open layers that each epoch freezes; the paper's is 0.5, and 1/3 for CIFAR-100. */
  share: Policy.field(Policy.Fraction, 0.5),
  /** Optimiser steps that count as an epoch. */
  steps: Policy.field(Policy.PositiveInt, 40)
})

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<Schedule.State> =>
  Schedule.make(
    "pipe-transformer",
    Policy.config("pipe-transformer", Config)(config),
    ({ share, steps }, units, done) => {
      let open = 1
      for (let epoch = Math.floor(done / steps); epoch > 0 && open > 1e-9; epoch--) open *= 1 - share
      return Math.ceil((units - 1) * (1 - open) - 1e-9)
    }
  )
