/**
 * The laws of a policy: it is total, pure, deterministic and resumable, its state is bounded, and what it decides can be done.
 *
 * `check` needs no test runner, so a notebook can ask it about an idea just written down. Each law is a function of a
 * policy and a history to the sentence that says how it is broken, or to nothing.
 */
import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import type { Policy } from "@edgeol/core/Policy"
import { Schema } from "effect"
import fc from "fast-check"
import { anyHistory } from "./History.ts"
import * as Impurity from "./Impurity.ts"
import * as Json from "./Json.ts"
import { repeated } from "./Repeated.ts"

/** How a policy breaks a law on a history, in one sentence; `undefined` where it keeps it. */
export type Law = (policy: Policy, history: ReadonlyArray<Observation>) => string | undefined

export interface Options {
  /** Histories tried; 100 take well under a second. */
  readonly runs?: number
  readonly seed?: number
}

/** A law that a policy breaks, on the shortest tape found. */
export interface Violation {
  readonly law: string
  readonly sentence: string
  readonly history: ReadonlyArray<Observation>
}

/** The first law that a policy breaks, as one sentence; `undefined` if it keeps all of them. */
export const check = (policy: Policy, options?: Options): string | undefined => violation(policy, options)?.sentence

export const violation = (policy: Policy, options: Options = {}): Violation | undefined => {
  for (const law of Object.keys(laws)) {
    const found = violationOf(law, policy, options)
    if (found !== undefined) return found
  }
  return undefined
}

/** The shortest tape found on which a policy breaks one law. */
export const violationOf = (
  law: string,
  policy: Policy,
  { runs = 100, seed = 1 }: Options = {}
): Violation | undefined => {
  const holds = laws[law]!
  const tried = Math.ceil(runs * (share[law] ?? 1))
  if (
    histories(runs, seed)
      .slice(0, tried)
      .every((history) => holds(policy, history) === undefined)
  )
    return undefined
  const kept = fc.property(anyHistory(), (history) => holds(policy, history) === undefined)
  const history = fc.check(kept, { numRuns: tried, seed }).counterexample?.[0] ?? []
  return { law, sentence: holds(policy, history) ?? `${policy.name} breaks "${law}" only now and then.`, history }
}

/** The same histories for every law and policy, drawn once. */
const histories = (runs: number, seed: number) => {
  const key = `${runs}/${seed}`
  if (!drawn.has(key)) drawn.set(key, Json.freeze(fc.sample(anyHistory(), { numRuns: runs, seed })))
  return drawn.get(key)!
}
const drawn = new Map<string, ReadonlyArray<ReadonlyArray<Observation>>>()

type Step = ReturnType<Policy["decide"]>

/** Each observation of a history with the state before it and what was decided, up to where the policy throws. */
const walk = function* (policy: Policy, history: ReadonlyArray<Observation>) {
  let state = policy.initial
  for (const observation of history) {
    const step = attempt(() => policy.decide(Json.copy(state), Json.copy(observation)))
    if (typeof step === "string" || !isStep(step)) return
    yield { state, observation, step }
    state = step[0]
  }
}

const isStep = (step: unknown): step is Step => Array.isArray(step) && step.length === 2

/** The result, or what was thrown, as a string without its last stop. */
const attempt = <A>(act: () => A): A | string => {
  try {
    return act()
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "")
  }
}

/** The first sentence a fold over the steps comes to. */
const along = (
  policy: Policy,
  history: ReadonlyArray<Observation>,
  look: (state: any, observation: Observation, step: Step) => string | undefined
): string | undefined => {
  for (const { state, observation, step } of walk(policy, history)) {
    const sentence = look(state, observation, step)
    if (sentence !== undefined) return sentence
  }
  return undefined
}

const total: Law = (policy, history) => {
  const taken = [...walk(policy, history)]
  const observation = history[taken.length]
  if (observation === undefined) return undefined
  const state = taken.length === 0 ? policy.initial : taken.at(-1)!.step[0]
  const step: unknown = attempt(() => policy.decide(Json.copy(state), Json.copy(observation)))
  return typeof step === "string"
    ? `${policy.name} throws at ${observation._tag}: ${step}.`
    : `${policy.name} gives ${show(step)} at ${observation._tag}, not [state, decision].`
}

const pure: Law = (policy, history) => {
  const [, call] = Impurity.watch(() => [...walk(policy, history)].length)
  return call && `${policy.name} calls ${call.name} in decide: ${call.instead}.`
}

const leavesInputsAlone: Law = (policy, history) => {
  const config = Json.copy(policy.config)
  const broken = along(policy, history, (state, observation) => {
    const [mine, theirs] = [Json.copy(state), Json.copy(observation)]
    policy.decide(mine, theirs)
    const changed = Json.difference(state, mine, "state") ?? Json.difference(observation, theirs, "observation")
    return changed && mutates(policy, changed, observation)
  })
  const configured = Json.difference(config, policy.config, "config")
  return broken ?? (configured && `${policy.name} mutates its config: ${configured} changed.`)
}

const mutates = ({ name }: Policy, changed: string, { _tag }: Observation) =>
  `${name} mutates ${changed.startsWith("state") ? "its state" : "the observation"}: ${changed} changed at ${_tag}; return a new one.`

const plainState: Law = (policy, history) => {
  const initial = Json.flaw(policy.initial, "state")
  if (initial !== undefined) return keeps(policy, initial)
  return along(policy, history, (_, __, [state]) => {
    const flaw = Json.flaw(state, "state")
    return flaw && keeps(policy, flaw)
  })
}

const keeps = ({ name }: Policy, { path, what }: { readonly path: string; readonly what: string }) =>
  `${name} keeps ${what} in ${path}: JSON cannot hold it.`

const isDecision = Schema.is(Decision.Decision)

const validDecisions: Law = (policy, history) =>
  along(policy, history, (_, { _tag }, [, decision]) => {
    if (!isDecision(decision)) return `${policy.name} decides ${show(decision)} at ${_tag}, which is no decision.`
    const flaw = Json.flaw(decision, "decision")
    return flaw && `${policy.name} decides ${show(decision)} at ${_tag}: ${flaw.path} is ${flaw.what}.`
  })

/** Steps taken again in reverse order: whatever is remembered outside the state shows. */
const again = (policy: Policy, history: ReadonlyArray<Observation>, remember: <A>(value: A) => A, when: string) => {
  for (const { state, observation, step } of [...walk(policy, history)].toReversed()) {
    const repeated = attempt(() => policy.decide(Json.freeze(remember(state)), Json.freeze(Json.copy(observation))))
    if (typeof repeated === "string")
      return `${policy.name} cannot bear frozen inputs at ${observation._tag}: ${repeated}.`
    const [next, decision] = repeated
    if (!Json.equal(step[1], decision)) {
      return `${policy.name} decides ${show(step[1])} and then ${show(decision)} ${when}, at ${observation._tag}.`
    }
    const path = Json.difference(step[0], next, "state")
    if (path !== undefined) return `${policy.name} comes to another ${path} ${when}, at ${observation._tag}.`
  }
  return undefined
}

const deterministic: Law = (policy, history) => again(policy, history, Json.copy, "on an equal history")

const resumable: Law = (policy, history) => again(policy, history, Json.roundTrip, "after a stop and resume from JSON")

/** Consequences that come at once: a policy that answers each with its cause never lets time pass. */
const settles: Law = (policy, history) => {
  const last = [...walk(policy, history)].at(-1)
  if (last === undefined) return undefined
  const at = last.observation.at
  let [state, decision] = last.step
  for (let turn = 0; turn < 20; turn++) {
    const next = consequence(decision, at, history)
    if (next === undefined) return undefined
    ;[state, decision] = policy.decide(state, next)
  }
  return `${policy.name} never lets time pass: each consequence of ${show(last.step[1])} at ${last.observation._tag} makes it ask again.`
}

const consequence = (decision: Decision.Decision, at: Observation["at"], history: ReadonlyArray<Observation>) => {
  const units = history[0]?._tag === "Started" ? history[0].units : 0
  const parts = Decision.parts(decision)
  const numbers = { accuracy: 0.5, loss: 1, energyMean: -5, energyDeviation: 1 }
  if (Decision.has(decision, "Validate")) return { _tag: "Validated", at, samples: 8, ...numbers } as const
  if (Decision.has(decision, "Pretest"))
    return { _tag: "Pretested", at, batch: 0, samples: 8, accuracy: 0.5, loss: 1 } as const
  if (Decision.has(decision, "Compare"))
    return { _tag: "Compared", at, distance: Array.from({ length: units }, () => 0.01) } as const
  if (parts.some((part) => part._tag === "WakeAt" && part.at <= at)) return { _tag: "TimerFired", at } as const
  if (!Decision.has(decision, "Probe")) return undefined
  return { _tag: "Probed", at, similarity: Array.from({ length: units }, () => 0.5) } as const
}

/**
 * A run that is twice as long has a state that is hardly larger, when the same goes on and on. A number counts as one
 * character, for it may gain digits; growth by less than 256 characters is not noticed, and that of a window that fills
 * ends in a run three times as long.
 */
const forgets: Law = (policy, history) =>
  grows(policy, history, 4000) && grows(policy, history, 12_000)
    ? `${policy.name} remembers more and more: its state grows as long as the same goes on and on; keep a sum, or the newest few.`
    : undefined

/** How often a long run's state is looked at. */
const looks = 37

/** Whether the state grows in the second half of a long run. */
const grows = (policy: Policy, history: ReadonlyArray<Observation>, length: number): boolean => {
  let [state, seen, early, late] = [policy.initial as unknown, 0, 0, 0]
  for (const observation of repeated(history, length)) {
    if (++seen > length) break
    const step = attempt(() => policy.decide(state, observation))
    if (typeof step === "string" || !isStep(step)) return false
    state = step[0]
    if (seen % Math.floor(length / looks) > 0) continue
    if (2 * seen <= length) early = Math.max(early, size(state))
    else late = Math.max(late, size(state))
  }
  return late >= early + 256 && late > 1.4 * early
}

const size = (state: unknown): number =>
  JSON.stringify(state, (_, value: unknown) => (typeof value === "number" ? 0 : value))?.length ?? 0

/** As it would be written in a program, NaN and infinities too. */
export const show = (value: unknown): string => fc.stringify(value)

/** In the order in which they are checked: a later law may rely on an earlier one. */
export const laws: Readonly<Record<string, Law>> = {
  "never throws": total,
  "draws no chance and reads no clock": pure,
  "leaves its inputs alone": leavesInputsAlone,
  "keeps its state plain and finite": plainState,
  "makes valid decisions": validDecisions,
  "decides equally on equal histories": deterministic,
  "goes on after a stop as if there had been none": resumable,
  "lets time pass": settles,
  "keeps a state of bounded size": forgets
}

/** A long run takes as long as many short ones. */
const share: Readonly<Record<string, number>> = { "keeps a state of bounded size": 0.1 }
