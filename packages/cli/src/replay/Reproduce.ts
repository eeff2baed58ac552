/** A tape's own policy, built again and shown every recorded observation: it must decide as it did. */
import * as Difference from "@edgeol/core/Difference"
import * as Fingerprint from "@edgeol/core/Fingerprint"
import * as Promises from "@edgeol/core/guards/Promises"
import { canonical } from "@edgeol/sim/Canonical"
import * as Equipment from "@edgeol/sim/Equipment"
import { Effect } from "effect"
import cli from "../../package.json" with { type: "json" }
import { CliError } from "../CliError.ts"
import * as Settings from "../Settings.ts"
import type * as Tape from "../Tape.ts"
import type { Source } from "./Source.ts"

/** What a policy does once its device keeps its budget and promises; it is the tape's own unless another is given. */
export const policyOf = Effect.fnUntraced(function* (
  { file, header, promises, own }: Pick<Source, "file" | "header" | "promises" | "own">,
  asked?: string
) {
  const policy = yield* Settings.policy(asked ?? own ?? header.policy.name).pipe(
    Effect.mapError(({ message }) => new CliError({ message: asked === undefined ? `${file}: ${message}` : message }))
  )
  const kept = Equipment.within(policy, kindOf(header))
  return promises === undefined ? kept : { ...Promises.guard(promises)(kept), config: kept.config }
})

/** The device that ran, as far as its scenario says what it may spend. */
export const kindOf = ({ scenario, meter }: Tape.Header): Equipment.Kind => {
  const document = (scenario?.document ?? {}) as Equipment.Equipped
  return Equipment.kinds(document, meter.kind === "modelled" ? meter.source : undefined)[0]!
}

export interface Reproduced {
  readonly policy: string
  readonly observations: number
  /** Those that ask for something. */
  readonly decisions: number
  /** Of the tape as it was recorded. */
  readonly fingerprint: string
  /** Where the policy decides otherwise, by the line of the file. */
  readonly difference?: { readonly line: number } & Pick<Difference.Difference, "one" | "other">
}

/** Fails where the policy of this version is another one; a difference is for who asks to judge. */
export const reproduce = Effect.fnUntraced(function* (source: Source) {
  const { file, header, entries } = source
  const built = yield* policyOf(source)
  const policy = source.from === undefined ? built : { ...built, initial: source.from }
  if (canonical(policy.config) !== canonical(header.policy.config)) {
    return yield* new CliError({
      message: `${file}: its ${header.policy.name} had the configuration ${JSON.stringify(header.policy.config)}, and here has ${JSON.stringify(policy.config)}; ${remedy(source)}.`
    })
  }
  const found = Difference.replayed(entries, policy)
  const plain: Reproduced = {
    policy: header.policy.name,
    observations: entries.length,
    decisions: entries.filter(({ decision }) => decision._tag !== "Wait").length,
    fingerprint: Fingerprint.of(entries)
  }
  return found === undefined
    ? plain
    : { ...plain, difference: { line: lineOf(found.line), one: found.one, other: found.other } }
})

const remedy = ({ own, header }: Source) =>
  own === undefined ? `replay it with edgeol ${header.versions.edgeol ?? "of its time"}` : `restore ${own} as it was`

/** Lines of a file count from 1, and the first is the header. */
const lineOf = (entry: number) => entry + 2

/** What was recorded and what is decided now. */
export const sentence = (
  { file, header }: Pick<Source, "file" | "header">,
  { line, one, other }: NonNullable<Reproduced["difference"]>
): string => {
  const { observation, decision } = one!
  const now = JSON.stringify(other?.decision)
  const then = header.versions.edgeol
  const version =
    then === undefined || then === cli.version ? "" : ` The tape is of edgeol ${then}; this is ${cli.version}.`
  return (
    `${file}, line ${line}: at ${JSON.stringify(observation)} the tape decided ${JSON.stringify(decision)}, and ` +
    `${header.policy.name} decides ${now}.${version}`
  )
}
