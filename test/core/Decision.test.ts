import * as Decision from "@edgeol/core/Decision"
import * as Recipe from "@edgeol/core/Recipe"
import { seconds } from "@edgeol/core/Units"
import { anyDecision } from "@edgeol/test"
import { Schema } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

/** What a device that does the parts in order comes to: repeating a request or overriding a setting changes nothing. */
const effect = (singles: ReadonlyArray<Decision.Single>) => {
  const freezes = singles.filter((part) => part._tag === "Freeze")
  const watches = singles.filter((part) => part._tag === "Watch")
  const recipes = singles.flatMap((part) => (part._tag === "Recipe" ? [part.recipe] : []))
  const others = singles
    .filter(({ _tag }) => !["Freeze", "Watch", "Recipe"].includes(_tag))
    .map((part) => JSON.stringify(part))
  return {
    frozen: freezes.at(-1)?.units,
    watched: watches.at(-1)?.what,
    recipe: recipes.reduce(Recipe.merge, {}),
    asked: new Set(others)
  }
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

test("of two recipes each field holds that was said last", () => {
  const [long, short] = [Decision.recipe({ epochs: 8, cache: true }), Decision.recipe({ epochs: 2, replay: 4 })]
  expect(Decision.all(long, Decision.train, short)).toEqual(
    Decision.all(Decision.recipe({ epochs: 2, cache: true, replay: 4 }), Decision.train)
  )
})

test("timers at different times are different", () => {
  const [early, late] = [Decision.wakeAt(seconds(1)), Decision.wakeAt(seconds(2))]
  expect(Decision.parts(Decision.all(early, late, early))).toEqual([early, late])
})
