import * as Recipe from "@edgeol/core/Recipe"
import { anyRecipe } from "@edgeol/test"
import { Schema } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

test("merging is a monoid, and the later one's fields hold", () => {
  const any = anyRecipe()
  fc.assert(
    fc.property(any, any, any, (a, b, c) => {
      expect(Recipe.merge({}, a)).toEqual(a)
      expect(Recipe.merge(a, {})).toEqual(a)
      expect(Recipe.merge(a, a)).toEqual(a)
      expect(Recipe.merge(Recipe.merge(a, b), c)).toEqual(Recipe.merge(a, Recipe.merge(b, c)))
      expect(Recipe.merge(a, b)).toMatchObject(b)
    })
  )
})

test("a share of samples is at least one, at most all, and exact where it can be", () => {
  const anyShare = fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100)
  fc.assert(
    fc.property(anyShare, fc.integer({ min: 1, max: 1000 }), (share, samples) => {
      const selected = Recipe.selected({ share }, samples)
      expect(selected).toBeGreaterThanOrEqual(1)
      expect(selected).toBe(Math.ceil(Number((share * samples).toFixed(6))))
      expect(Recipe.selected({}, samples)).toBe(samples)
    })
  )
})

test("the defaults unsay whatever was said", () => {
  fc.assert(
    fc.property(anyRecipe(), (said) => {
      const unsaid = Recipe.merge(said, Recipe.defaults)
      expect(unsaid).toEqual(Recipe.defaults)
      expect(Recipe.passes(unsaid, 7)).toBe(Recipe.passes({}, 7))
    })
  )
  expect([Recipe.passes({}, 7), Recipe.passes({ epochs: 2 }, 7)]).toEqual([7, 2])
})

test.each([
  { epochs: -1 },
  { epochs: 1.5 },
  { share: 0 },
  { share: 1.1 },
  { replay: -1 },
  { store: "all" },
  { cache: 1 },
  { selfSupervised: {} },
  { selfSupervised: { weight: -1 } },
  { sparse: { density: 0, every: 1, drop: 0.3 } },
  { sparse: { density: 0.5, every: 1, drop: 1.1 } }
])("%j is none", (recipe) => {
  expect(Schema.is(Recipe.Recipe)(recipe)).toBe(false)
})
