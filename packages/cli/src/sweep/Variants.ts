/** Policies with parameters: `edgeol:frequency.needMax=$need`, once for each value of `need`. */
import { Schema } from "effect"

export const Value = Schema.Union([Schema.Finite, Schema.Boolean, Schema.NonEmptyString])
export type Value = typeof Value.Type

export type Parameters = Readonly<Record<string, ReadonlyArray<Value>>>

export interface Variant {
  /** The policy as the command line would write it. */
  readonly specification: string
  readonly values: Readonly<Record<string, Value>>
}

const reference = /\$(\w+)/g

/** The parameters that a policy names, in order. */
export const names = (policy: string): ReadonlyArray<string> => [
  ...new Set(Array.from(policy.matchAll(reference), ([, name]) => name!))
]

/** All combinations of the values of its parameters; the last parameter changes fastest. */
export const of = (policy: string, parameters: Parameters): ReadonlyArray<Variant> => {
  let combinations: ReadonlyArray<Variant["values"]> = [{}]
  for (const name of names(policy)) {
    combinations = combinations.flatMap((values) => parameters[name]!.map((value) => ({ ...values, [name]: value })))
  }
  return combinations.map((values) => ({
    specification: policy.replace(reference, (_, name: string) => String(values[name])),
    values
  }))
}
