/** A policy that is in a file, as recorded runs name it: `./ideas.ts#sorry@1a2b3c4d`, with the beginning of its hash. */
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as PlanFile from "../PlanFile.ts"
import * as PolicyFile from "../verify/PolicyFile.ts"

/** One of ours keeps its name. */
export const of = (policy: string, own: PlanFile.Own | undefined): string =>
  own === undefined ? policy : `${policy}@${own.sha256.slice(0, 8)}`

/** Of them, those that can be run: ours, and those whose files are what they were. */
export const present = (policies: ReadonlyArray<string>, folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.filter([...new Set(policies)], (policy) => Effect.isSuccess(specification(policy, folder)))

/** What to run for a policy of a plan. Fails where its file is no longer what it was. */
export const specification = Effect.fnUntraced(function* (policy: string, folder = ".") {
  const [, file = ""] = /^(.+)@[0-9a-f]{8}$/.exec(policy) ?? []
  if (PolicyFile.parts(file) === undefined) return policy
  const own = yield* PlanFile.own(file, folder)
  if (of(file, own) === policy) return own.specification
  return yield* new CliError({ message: `${own.specification} or what it imports is not what it was` })
})
