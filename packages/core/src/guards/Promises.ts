/**
 * Keeps watch over a policy on a device: compares each decision with what was promised, and at the first breach steps
 * aside for good, to a policy simple enough to prove, within that same decision.
 *
 * Promise: no round begins that would be one too many in its hour; after any other breach, the running round is stopped
 * in the decision that learns of it, and none goes on that the fallback did not ask for.
 */
import * as Decision from "../Decision.ts"
import * as Lately from "../internal/Lately.ts"
import type { Observation } from "../Observation.ts"
import * as Never from "../policies/Never.ts"
import * as Policy from "../Policy.ts"
import * as Recipe from "../Recipe.ts"
import * as Envelope from "./Envelope.ts"

export interface State {
  readonly lately: Lately.Lately
  /** Where the promises stand, and at their worst. */
  readonly now: Envelope.Standing
  readonly most: Envelope.Standing
  readonly breach: Envelope.Breach | null
  /** Whether the fallback has asked for a round that has not begun. */
  readonly asked: boolean
  /** The guarded policy's state; after a breach, the fallback's. */
  readonly inner: any
}

/** The fallback sees a start of its own, then all from the breach on. Without one, nothing is learnt any more. */
export const guard =
  (envelope: typeof Envelope.Envelope.Encoded, fallback: Policy.Policy = Never.make()) =>
  (policy: Policy.Policy): Policy.Policy<State> => {
    const promised = Policy.config("promises", Envelope.Envelope)(envelope)
    return {
      name: policy.name,
      config: {
        promises: promised,
        fallback: { name: fallback.name, config: fallback.config },
        policy: policy.config
      },
      initial: {
        lately: Lately.start,
        now: Envelope.nothing,
        most: Envelope.nothing,
        breach: null,
        asked: false,
        inner: policy.initial
      },
      decide: (state, observation) =>
        state.breach === null
          ? watched(policy, promised, fallback, state, observation)
          : steppedAside(fallback, state, observation)
    }
  }

/** The promise that broke, when and by how much, from the state of a policy under this guard, or of a guard around it. */
export const breach = (state: unknown): Envelope.Breach | undefined => find(state)?.breach ?? undefined

/** The guard's own state inside of other guards' states. */
export const find = (state: unknown): State | undefined => {
  for (let at = state; typeof at === "object" && at !== null; at = (at as { readonly inner?: unknown }).inner) {
    if ("breach" in at && "lately" in at) return at as State
  }
  return undefined
}

type Step = readonly [State, Decision.Decision]

const watched = (
  policy: Policy.Policy,
  promised: Envelope.Envelope,
  fallback: Policy.Policy,
  state: State,
  observation: Observation
): Step => {
  const saw = Lately.seen(state.lately, observation)
  const tried = attempt(policy, state.inner, observation)
  if ("why" in tried) {
    const breach = { promise: "decides", at: observation.at, reached: 1, bound: 0, why: tried.why } as const
    return stepAside(fallback, { ...state, lately: saw, breach }, observation)
  }
  const { inner, decision, text } = tried
  const lately = Lately.asked(saw, decision)
  const now = Lately.standing(state.lately, lately, observation, text)
  const most = Envelope.worst(state.most, now)
  const next: State = { lately, now, most, breach: null, asked: state.asked, inner }
  const promise = Envelope.broken(promised, now)
  if (promise === undefined) return [next, decision]
  const breach = { promise, at: observation.at, reached: now[promise], bound: promised[promise]! }
  return stepAside(fallback, { ...next, lately: { ...lately, wanted: saw.wanted }, breach }, observation)
}

/** What a policy does, or why it cannot. */
const attempt = (policy: Policy.Policy, state: unknown, observation: Observation) => {
  try {
    const [inner, decision] = policy.decide(state, observation)
    if (!Decision.parts(decision).every(isPossible)) return { why: "it asks to be woken at a time that is none" }
    return { inner: inner as unknown, decision, text: JSON.stringify(inner) ?? "" }
  } catch (error) {
    return { why: (error instanceof Error ? error.message : String(error)).replace(/\.$/, "") }
  }
}

const isPossible = (part: Decision.Single) => part._tag !== "WakeAt" || Number.isFinite(part.at)

/** From here on the fallback decides, as at a start: all units open, none watched, and rounds as the learner was told. */
const stepAside = (fallback: Policy.Policy, state: State, observation: Observation): Step => {
  const { at } = observation
  const { running, units } = state.lately
  const [started, first] = fallback.decide(fallback.initial, { _tag: "Started", at, units })
  const [inner, then] =
    observation._tag === "Started" ? [started, Decision.wait] : fallback.decide(started, observation)
  const decision = Decision.all(
    running ? Decision.stopRound : Decision.wait,
    Decision.freeze(Array.from({ length: units }, () => false)),
    Decision.watch("nothing"),
    Decision.recipe(Recipe.defaults),
    first,
    then
  )
  return [{ ...state, inner, asked: Decision.has(decision, "Train") }, decision]
}

/** A round that the policy had asked for before is stopped before its first step. */
const steppedAside = (fallback: Policy.Policy, state: State, observation: Observation): Step => {
  const [inner, decision] = fallback.decide(state.inner, observation)
  const begins = observation._tag === "RoundStarted"
  const lately = Lately.asked(Lately.seen(state.lately, observation), decision)
  const asked = (state.asked && !begins) || Decision.has(decision, "Train")
  const next = { ...state, lately, asked, inner }
  return [next, begins && !state.asked ? Decision.all(Decision.stopRound, decision) : decision]
}
