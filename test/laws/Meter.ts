/** The laws of an energy meter: readings are finite and never fall; a modelled one bills each second alike. */
import { between, type EnergyMeter } from "@edgeol/core/EnergyMeter"
import * as Ledger from "@edgeol/core/Ledger"
import { Effect } from "effect"
import fc from "fast-check"

/** Some seconds of each activity. */
export const anyLedger = (): fc.Arbitrary<Ledger.Ledger> =>
  fc
    .array(fc.tuple(fc.constantFrom(...Ledger.activities), fc.integer({ min: 0, max: 100_000 })), { maxLength: 12 })
    .map((costs) =>
      Ledger.add(
        Ledger.empty,
        costs.map(([activity, millis]) => Ledger.cost(activity, millis / 1000))
      )
    )

/** Reads before and after `spent`, from two places; says in one sentence what is wrong, if anything. */
export const check = Effect.fnUntraced(function* (
  meter: EnergyMeter["Service"],
  from: Ledger.Ledger,
  elsewhere: Ledger.Ledger,
  spent: Ledger.Ledger
) {
  const billed = Effect.fnUntraced(function* (origin: Ledger.Ledger) {
    const before = yield* meter.read(origin)
    return between(before, yield* meter.read(Ledger.merge(origin, spent)))
  })
  const [here, there] = [yield* billed(from), yield* billed(elsewhere)]
  const seconds = fc.stringify(spent)
  if (!Number.isFinite(here)) return `${meter.source} reads ${here} J for ${seconds}.`
  if (here < -1e-6 || there < -1e-6)
    return `${meter.source} counts backwards: ${Math.min(here, there)} J for ${seconds}.`
  if (meter.kind === "measured" || Math.abs(here - there) <= 1e-6 * (1 + Math.abs(here))) return undefined
  return `${meter.source} bills ${seconds} with ${here} J in one place and ${there} J in another.`
})
