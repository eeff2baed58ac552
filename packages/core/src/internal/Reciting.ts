/** A policy that says one recipe when the run begins, and nothing after. */
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"
import type { Recipe } from "../Recipe.ts"

export const make = (name: string, config: object, recipe: Recipe): Policy.Policy<null> =>
  Policy.make({
    name,
    config,
    initial: null,
    decide: (_, state, { _tag }) => [state, _tag === "Started" ? Decision.recipe(recipe) : Decision.wait]
  })
