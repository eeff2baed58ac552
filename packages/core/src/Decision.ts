/**
 * What a policy asks for. Decisions are idempotent (asking twice is asking once) and form a monoid under `all`
 * with identity `wait`, so policies compose side by side.
 */
import { Schema } from "effect"
import * as Recipe from "./Recipe.ts"
import { Seconds } from "./Units.ts"

/** Do nothing. */
const Wait = Schema.TaggedStruct("Wait", {})

/** Start a round on every waiting batch, as soon as no round runs. Asking while nothing waits has no effect. */
const Train = Schema.TaggedStruct("Train", {})

/** End the running round after the current step and serve its model. */
const StopRound = Schema.TaggedStruct("StopRound", {})

/** From the next step on, units marked `true` keep their weights. Holds until the next `Freeze`. */
const Freeze = Schema.TaggedStruct("Freeze", { units: Schema.Array(Schema.Boolean) })

/** Measure CKA against the reference model; `renew` first makes the newest batch the probe. Answered by `Probed`. */
const Probe = Schema.TaggedStruct("Probe", { renew: Schema.Boolean })

/** Measure how far each unit is from the reference model's, rounded to 8 bits, on the newest batch. Answered by `Compared`. */
const Compare = Schema.TaggedStruct("Compare", {})

/** Measure accuracy, loss and free energy on the newest validation samples. Answered by `Validated`. */
const Validate = Schema.TaggedStruct("Validate", {})

/** Test on the newest batch, which is not learnt yet. Answered by `Pretested`; without a waiting batch or its labels, by nothing. */
const Pretest = Schema.TaggedStruct("Pretest", {})

/** Let the fast head learn the newest batch at once, beside any round, if it has not yet. Answered by `Adapted`; without labels, by nothing. */
const Adapt = Schema.TaggedStruct("Adapt", {})

/**
 * From the next step on, `StepFinished` tells by unit: the L1 norm of the loss's gradient (`gradients`), or the mean of
 * `|dw / w|` over the unit's kernels (`changes`). Holds until the next `Watch`.
 */
const Watch = Schema.TaggedStruct("Watch", { what: Schema.Literals(["nothing", "gradients", "changes"]) })
export type Watched = (typeof Watch.Type)["what"]

/** How rounds train, from the next one on. Holds until the next `Recipe`; fields that it does not say stay as they were. */
const Recipes = Schema.TaggedStruct("Recipe", { recipe: Recipe.Recipe })

/** Ask for `TimerFired` at a time. */
const WakeAt = Schema.TaggedStruct("WakeAt", { at: Seconds })

const Single = Schema.Union([
  Wait,
  Train,
  StopRound,
  Freeze,
  Probe,
  Compare,
  Validate,
  Pretest,
  Adapt,
  Watch,
  Recipes,
  WakeAt
])
export type Single = typeof Single.Type

/** Several decisions at one observation, in order. */
const Several = Schema.TaggedStruct("Several", { decisions: Schema.Array(Single) })

export const Decision = Schema.Union([Single, Several])
export type Decision = typeof Decision.Type

export const wait: Single = { _tag: "Wait" }
export const train: Single = { _tag: "Train" }
export const stopRound: Single = { _tag: "StopRound" }
export const compare: Single = { _tag: "Compare" }
export const validate: Single = { _tag: "Validate" }
export const pretest: Single = { _tag: "Pretest" }
export const adapt: Single = { _tag: "Adapt" }
export const freeze = (units: ReadonlyArray<boolean>): Single => ({ _tag: "Freeze", units })
export const probe = (options: { readonly renew: boolean }): Single => ({ _tag: "Probe", renew: options.renew })
export const watch = (what: Watched): Single => ({ _tag: "Watch", what })
export const recipe = (of: Recipe.Recipe): Single => ({ _tag: "Recipe", recipe: of })
export const wakeAt = (at: Seconds): Single => ({ _tag: "WakeAt", at })

/** The parts of a decision, without `wait`. */
export const parts = (decision: Decision): ReadonlyArray<Single> =>
  decision._tag === "Several" ? decision.decisions : decision._tag === "Wait" ? [] : [decision]

/** All of these, in order; equal ones once, of several freezes what the last says, of recipes each field's last. */
export const all = (...decisions: ReadonlyArray<Decision>): Decision => {
  // Mostly one speaks at a time; this makes a policy of two parts five times as fast.
  if (decisions.length === 2) {
    if (decisions[0]!._tag === "Wait") return decisions[1]!
    if (decisions[1]!._tag === "Wait") return decisions[0]!
  }
  const kept: Array<Single> = []
  for (const decision of decisions) {
    for (const part of parts(decision)) {
      const place = kept.findIndex((other) => overrides(part, other))
      if (place < 0) kept.push(part)
      else kept[place] = joined(kept[place]!, part)
    }
  }
  return kept.length === 0 ? wait : kept.length === 1 ? kept[0]! : { _tag: "Several", decisions: kept }
}

/** Whether a decision contains one of this kind. */
export const has = (decision: Decision, tag: Single["_tag"]): boolean =>
  decision._tag === "Several" ? decision.decisions.some((part) => part._tag === tag) : decision._tag === tag

/** The decision without its parts of one kind. */
export const without = (decision: Decision, tag: Single["_tag"]): Decision =>
  has(decision, tag) ? all(...parts(decision).filter((part) => part._tag !== tag)) : decision

/** The later one, with what an earlier recipe alone says. */
const joined = (earlier: Single, later: Single): Single =>
  earlier._tag === "Recipe" && later._tag === "Recipe" ? recipe(Recipe.merge(earlier.recipe, later.recipe)) : later

/** Whether doing the later one makes the earlier one needless. */
const overrides = (later: Single, earlier: Single): boolean => {
  if (later._tag !== earlier._tag) return false
  if (later._tag === "Probe") return later.renew === (earlier as typeof later).renew
  return later._tag !== "WakeAt" || later.at === (earlier as typeof later).at
}
