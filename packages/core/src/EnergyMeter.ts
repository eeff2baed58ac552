/** Energy spent so far: a sensor integrates its rails, a model integrates the ledger. */
import { Context, Effect, Schema } from "effect"
import type { Ledger } from "./Ledger.ts"
import type { Joules } from "./Units.ts"
import { joules } from "./Units.ts"

export class EnergyMeter extends Context.Service<
  EnergyMeter,
  {
    /** Modelled joules are labelled so wherever they are shown. */
    readonly kind: "measured" | "modelled"
    /** What measures: a board and its rail, or a device profile and its power mode. */
    readonly source: string
    /** Joules since an arbitrary origin, given where the seconds went. */
    readonly read: (ledger: Ledger) => Effect.Effect<Joules, MeterError>
  }
>()("@edgeol/core/EnergyMeter") {}

/** `Unavailable`: there is no such sensor or it may not be read; `Stale`: it stopped changing. */
export class MeterError extends Schema.TaggedError<MeterError>()("MeterError", {
  reason: Schema.Literals(["Unavailable", "Stale"]),
  message: Schema.String
}) {}

/** Joules between two readings. */
export const between = (before: Joules, after: Joules): Joules => joules(after - before)

/** A meter that integrates the ledger: `Σ seconds(activity) · watts(activity)`. */
export const modelled = (source: string, energy: (ledger: Ledger) => Joules): EnergyMeter["Service"] => ({
  kind: "modelled",
  source,
  read: (ledger) => Effect.succeed(energy(ledger))
})
