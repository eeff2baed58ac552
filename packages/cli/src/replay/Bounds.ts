/**
 * What a policy costs whatever is learnt, where all it asks for is rounds, as they come, beside what it asks for anyway:
 * without any, and with one for each batch. A batch is learnt in one round at most, and none costs more than alone: each
 * round starts and saves once, and its steps are as many as its samples fill, rounded up.
 */
import * as Decision from "@edgeol/core/Decision"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import * as Untold from "@edgeol/sim/replay/Untold"
import * as Measure from "../fidelity/Measure.ts"
import * as Score from "../fidelity/Score.ts"
import * as Model from "./Model.ts"
import * as Widening from "./Widening.ts"

export interface Bounds {
  /** Of seconds and joules: 90 % of the devices that the tape's could be take no less and no more. */
  readonly seconds: readonly [least: number, most: number]
  readonly joules: readonly [least: number, most: number]
}

/** Undefined of a policy that was seen to ask for more. What a device takes is in doubt as of policies that do not look. */
export const of = (model: Model.Model, policy: Policy, draws: number, { by } = Widening.none): Bounds | undefined => {
  const known = new Set(["Wait", "Train", "Adapt"])
  const asked = new Set(Untold.moods.flatMap((mood) => [...tags(model, policy, mood)]))
  if ([...asked].some((tag) => !known.has(tag))) return undefined
  const head = asked.has("Adapt") ? "+head" : ""
  const [least, most] = ["never", "immediate"].map((name) => drawn(model, Policies.parse(`${name}${head}`), draws))
  const told = (of: ReadonlyArray<Measure.Values>, measure: Measure.Measure) =>
    Widening.widened(Score.foretold(of.map((one) => one[measure])), measure, by.blind[measure])
  const range = (measure: Measure.Measure) => [told(least!, measure).low, told(most!, measure).high] as const
  return { seconds: range("seconds"), joules: range("joules") }
}

/** Kinds of what it asks for, of a learner in one mood. */
const tags = (model: Model.Model, policy: Policy, mood: Untold.Mood): ReadonlySet<string> => {
  const asked = new Set<string>()
  const watched: Policy = {
    ...policy,
    decide(state, observation) {
      const decided = policy.decide(state, observation)
      for (const { _tag: tag } of Decision.parts(decided[1])) asked.add(tag)
      return decided
    }
  }
  Model.run({ ...model, learnt: undefined }, watched, Model.luck(model, 0), mood)
  return asked
}

const drawn = (model: Model.Model, policy: Policy, draws: number): ReadonlyArray<Measure.Values> =>
  Array.from({ length: draws }, (_, draw) => {
    const { summary, decided } = Model.run({ ...model, learnt: undefined }, policy, Model.luck(model, draw))
    const values = Measure.of(summary)
    return { ...values, seconds: values.seconds + decided }
  })
