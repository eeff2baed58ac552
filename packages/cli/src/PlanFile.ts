/** A plan from its file, with the policies that it takes from files: their paths begin at its folder. */
import { readFileSync } from "node:fs"
import { dirname, isAbsolute, join } from "node:path"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import { Effect, Result } from "effect"
import { CliError } from "./CliError.ts"
import * as Files from "./Files.ts"
import * as PolicyFile from "./verify/PolicyFile.ts"

/** A policy that is in a file. */
export interface Own {
  readonly policy: Policy
  /** From the folder where the command was given. */
  readonly specification: string
  /** Of its module and all that this imports: another policy has another one. */
  readonly sha256: string
}

/** By what the plan says. */
export type Owned = ReadonlyMap<string, Own>

/** What was found in files, or why it cannot be. */
export type Found = ReadonlyMap<string, Result.Result<Own, string>>

/** Why a policy cannot be, without a full stop. A file that was not looked for yet can. */
export const trouble = (specification: string, found: Found): string | undefined => {
  const own = found.get(specification)
  if (own !== undefined) return Result.isFailure(own) ? own.failure : undefined
  if (PolicyFile.parts(specification) !== undefined) return undefined
  const parsed = Result.try(() => Policies.parse(specification))
  return Result.isFailure(parsed) ? sentence(parsed.failure) : undefined
}

const sentence = (error: unknown) => (error as Error).message.replace(/\.$/, "")

/**
 * Reads a plan twice where it has policies in files: `policies` says from the first time which ones, and `parse` can say
 * the second time in which line one is that cannot be.
 */
export const load = Effect.fnUntraced(function* <Plan>(
  file: string,
  parse: (text: string, found: Found) => Result.Result<Plan, string>,
  policies: (plan: Plan) => ReadonlyArray<string>
) {
  const text = yield* Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (error) => new CliError({ message: `Cannot read ${file}: ${Files.reason(error)}; name a plan in YAML.` })
  })
  const read = (found: Found) =>
    Effect.mapError(Effect.fromResult(parse(text, found)), (message) => new CliError({ message }))
  const first = yield* read(new Map())
  const found = new Map<string, Result.Result<Own, string>>()
  const hashes = new Map<string, string>()
  for (const policy of policies(first)) {
    if (PolicyFile.parts(policy) === undefined) continue
    found.set(policy, yield* Effect.result(Effect.mapError(own(policy, dirname(file), hashes), sentence)))
  }
  if (found.size === 0) return { plan: first, owned: new Map() as Owned }
  const plan = yield* read(found)
  const owned: Owned = new Map(Array.from(found, ([policy, of]) => [policy, Result.getOrThrow(of)]))
  return { plan, owned }
})

/** A policy in a file, as it is now. Files whose hash is known are in `hashes`. */
export const own = Effect.fnUntraced(function* (policy: string, folder: string, hashes = new Map<string, string>()) {
  const specification = isAbsolute(policy) ? policy : join(folder, policy)
  const { policy: opened, entry } = yield* PolicyFile.open(specification)
  const sha256 = hashes.get(entry) ?? (yield* hash(entry))
  hashes.set(entry, sha256)
  return { policy: opened, specification, sha256 } satisfies Own
})

/** Takes a second: a policy imports half of Effect. */
const hash = (entry: string): Effect.Effect<string, CliError> =>
  Effect.tryPromise({
    try: async () => (await (await import("@edgeol/deploy/ModuleGraph")).of(entry)).sha256,
    catch: (error) => new CliError({ message: (error as Error).message })
  })
