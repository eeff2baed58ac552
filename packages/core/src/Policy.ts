/** A policy is a pure machine: an initial state and a step from an observation to a decision. */
import { Effect, Result, Schema } from "effect"
import * as Decision from "./Decision.ts"
import type { Observation } from "./Observation.ts"

/**
 * `State` is plain JSON with finite numbers, so a run can stop anywhere and resume.
 * `decide` is total: it never throws, draws no chance, reads no clock. A NaN is one more observation.
 */
export interface Policy<State = any, in O = Observation, out D = Decision.Decision> {
  readonly name: string
  /** Plain JSON, recorded with every run. */
  readonly config: unknown
  readonly initial: State
  readonly decide: (state: State, observation: O) => readonly [state: State, decision: D]
}

/** A policy from an idea: its `config` is handed to every `decide`. */
export const make = <Config, State>(definition: {
  readonly name: string
  readonly config: Config
  readonly initial: State
  readonly decide: (
    config: Config,
    state: State,
    observation: Observation
  ) => readonly [state: State, decision: Decision.Decision]
}): Policy<State> => ({
  name: definition.name,
  config: definition.config,
  initial: definition.initial,
  decide: (state, observation) => definition.decide(definition.config, state, observation)
})

/** The same under another name. */
export const named = <State>(name: string, policy: Policy<State>): Policy<State> =>
  policy.name === name
    ? policy
    : {
        name,
        config: policy.config,
        initial: policy.initial,
        decide: (state, observation) => policy.decide(state, observation)
      }

/** Runs policies side by side on the same observations and does all that they ask for. */
export const both = <A, B>(
  name: string,
  first: Policy<A>,
  second: Policy<B>
): Policy<{ readonly first: A; readonly second: B }> => ({
  name,
  config: { [first.name]: first.config, [second.name]: second.config },
  initial: { first: first.initial, second: second.initial },
  decide(state, observation) {
    const [a, wantsFirst] = first.decide(state.first, observation)
    const [b, wantsSecond] = second.decide(state.second, observation)
    return [{ first: a, second: b }, Decision.all(wantsFirst, wantsSecond)]
  }
})

/** Folds a history through a policy: the decision at each observation. */
export const decisions = <State, O, D>(policy: Policy<State, O, D>, history: Iterable<O>): ReadonlyArray<D> => {
  const made: Array<D> = []
  let state = policy.initial
  for (const observation of history) {
    const [next, decision] = policy.decide(state, observation)
    made.push(decision)
    state = next
  }
  return made
}

/** A configuration that a policy cannot work with. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", { message: Schema.String }) {}

/** Fields that configurations share. */
export const PositiveInt = Schema.Int.pipe(Schema.check(Schema.isGreaterThan(0)))
export const NonNegativeInt = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))
export const NonNegative = Schema.Finite.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))
export const Positive = Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)))
export const Fraction = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1 })))

/** The configuration of a policy that has nothing to configure. */
export const NoFields = Schema.Record(Schema.String, Schema.Unknown).check(
  Schema.makeFilter((config) => {
    const [field] = Object.keys(config)
    return field === undefined ? undefined : `there is no field "${field}"`
  })
)

/** A field with a default. */
export const field = <S extends Schema.Constraint>(schema: S, value: S["Encoded"]) =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema)

/** Checks a configuration once, on entry. Throws `ConfigError`: one sentence that names the field. */
export const config =
  <S extends Schema.ConstraintDecoder<unknown>>(name: string, schema: S) =>
  (input: unknown): S["Type"] => {
    const result = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })(input)
    if (Result.isSuccess(result)) return result.success
    throw new ConfigError({ message: `${name}: ${sentence(result.failure.message)}` })
  }

/** "Expected an integer\n  at [\"every\"]" becomes "every: expected an integer." */
const sentence = (issue: string) => {
  const [problem = "", path = ""] = issue.split(/\s+at (?=\[)/)
  const place = path.replace(/^\["|"\]$/g, "").replaceAll('"]["', ".")
  if (problem.includes("excess property")) return `there is no field "${place}".`
  return `${place === "" ? "" : `${place}: `}${problem.slice(0, 1).toLowerCase()}${problem.slice(1)}.`
}
