import * as EnergyMeter from "@edgeol/core/EnergyMeter"
import * as Ledger from "@edgeol/core/Ledger"
import { joules } from "@edgeol/core/Units"
import { laws } from "@edgeol/test"
import * as Meter from "@edgeol/test/laws/Meter"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"

const watts = (of: (activity: Ledger.Activity) => number) => (ledger: Ledger.Ledger) =>
  joules(Ledger.activities.reduce((sum, activity) => sum + of(activity) * (ledger[activity] ?? 0), 0))

laws.meter(
  "of a ledger",
  Effect.succeed(
    EnergyMeter.modelled(
      "a board",
      watts(({ length }) => length)
    )
  )
)

describe("the laws catch a meter that", () => {
  const [idle, work] = [Ledger.add({}, [Ledger.cost("idle", 4)]), Ledger.add({}, [Ledger.cost("forward", 2)])]
  const check = (energy: (ledger: Ledger.Ledger) => number) =>
    Effect.runSync(
      Meter.check(
        EnergyMeter.modelled("a board", (ledger) => joules(energy(ledger))),
        {},
        idle,
        work
      )
    )

  test("counts backwards", () => {
    expect(check(watts(() => -1))).toBe('a board counts backwards: -2 J for {"forward":2}.')
  })

  test("bills the same work differently after idling", () => {
    expect(check((ledger) => Ledger.total(ledger) ** 2)).toBe(
      'a board bills {"forward":2} with 4 J in one place and 20 J in another.'
    )
  })

  test("reads no number", () => {
    expect(check(() => NaN)).toBe('a board reads NaN J for {"forward":2}.')
  })
})
