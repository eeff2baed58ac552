/**
 * Freezes a prefix that grows linearly with training (layer freezing of MosaicML's Composer, after Brock et al.,
 * FreezeOut, 2017): with `u` the share of training done, `f = level (u - start) / (1 - start)` from `u = start` on, the
 * first `floor(f (L - 1))` of `L` units are frozen. Starts no round.
 *
 * Mapped to one stream, which has no end to take a share of: training is `steps` optimiser steps, counted anew from each
 * scenario change that is heard of, and the schedule is looked at after every step instead of every epoch.
 */
import { Schema } from "effect"
import * as Schedule from "../internal/Schedule.ts"
import * as Policy from "../Policy.ts"

export const Config = Schema.Struct({
  /** Optimiser steps that count as the whole of training. */
  steps: Policy.field(Policy.PositiveInt, 80),
  /** Share of training before the first unit freezes. */
  start: Policy.field(Policy.Fraction, 0.5),
  /** Share of the units frozen at the end. */
  level: Policy.field(Policy.Fraction, 1)
})

export const make = (config: typeof Config.Encoded = {}): Policy.Policy<Schedule.State> =>
  Schedule.make("linear", Policy.config("linear", Config)(config), ({ steps, start, level }, units, done) => {
    const u = Math.min(1, done / steps)
    return u <= start ? 0 : Math.floor(((level * (u - start)) / (1 - start)) * (units - 1))
  })
