import * as Decision from "@edgeol/core/Decision"
import { seconds } from "@edgeol/core/Units"
import { anyDecision } from "@edgeol/test"
import { Schema } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

/** What a device that does the parts in order comes to: repeating a request or overriding a freeze or watch changes nothing. */
const effect = (singles: ReadonlyArray<Decision.Single>) => {
  const freezes = singles.filter((part) => part._tag === "Freeze")
  const watches = singles.filter((part) => part._tag === "Watch")
  const others = singles.filter(({ _tag }) => _tag !== "Freeze" && _tag !== "Watch").map((part) => JSON.stringify(part))
  return { frozen: freezes.at(-1)?.units, watched: watches.at(-1)?.what, asked: new Set(others) }
}

describe("decisions under `all`", () => {
  const any = anyDecision()

  test("are a monoid with identity `wait`", () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(Decision.all(Decision.wait, a)).toEqual(a)
        expect(Decision.all(a, Decision.wait)).toEqual(a)
        expect(Decision.all(Decision.all(a, b), c)).toEqual(Decision.all(a, Decision.all(b, c)))
      })
    )
  })

  test("are idempotent, and mean what their parts mean in order", () => {
    const overridden = fc.property(any, any, (a, b) => {
      expect(Decision.all(a, a)).toEqual(a)
      const both = [...Decision.parts(a), ...Decision.parts(b)]
      expect(effect(Decision.parts(Decision.all(a, b)))).toEqual(effect(both))
    })
    fc.assert(overridden, { numRuns: 1000 })
  })

  test("are valid", () => {
    const is = Schema.is(Decision.Decision)
    fc.assert(fc.property(any, any, (a, b) => is(Decision.all(a, b))))
  })

  test("of one kind can be found and left out", () => {
    const [many, { train, wait }] = [Decision.all(Decision.train, Decision.validate), Decision]
    expect(Decision.has(many, "Train")).toBe(true)
    expect(Decision.without(many, "Train")).toEqual(Decision.validate)
    expect(Decision.without(train, "Train")).toEqual(wait)
    expect(Decision.without(Decision.validate, "Train")).toEqual(Decision.validate)
  })
})

test("the last freeze of several holds", () => {
  const [open, first] = [Decision.freeze([false, false]), Decision.freeze([true, false])]
  expect(Decision.all(open, first, open)).toEqual(open)
  expect(Decision.all(Decision.freeze([]), first)).toEqual(first)
})

test("timers at different times are different", () => {
  const [early, late] = [Decision.wakeAt(seconds(1)), Decision.wakeAt(seconds(2))]
  expect(Decision.parts(Decision.all(early, late, early))).toEqual([early, late])
})
