/** The policy that a release runs: the one that its certificate is about, in every byte of its code. */
import type { Policy } from "@edgeol/core/Policy"
import type * as Certificate from "@edgeol/deploy/Certificate"
import * as ModuleGraph from "@edgeol/deploy/ModuleGraph"
import * as Program from "@edgeol/deploy/Program"
import { canonical } from "@edgeol/sim/Canonical"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as PolicyFile from "../verify/PolicyFile.ts"

/** A policy under the name that the certificate has for it, and where it is from a file, the text of its module. */
export interface Verified {
  readonly specification: string
  readonly own?: string
}

/** A certificate is about the code that was tried, wherever it lies now; `asked` is a name, or the file. */
export const of = Effect.fnUntraced(function* (asked: string | undefined, { policy }: Certificate.Certificate) {
  const specification = asked ?? (yield* found(policy.specification))
  if (!isSame(specification, policy.specification)) {
    return yield* new CliError({
      message: `The certificate is for the policy ${policy.specification}, and not for ${specification}; verify that one, or bundle the other.`
    })
  }
  const named = yield* PolicyFile.open(specification)
  const graph = yield* attempt(() => ModuleGraph.of(named.entry))
  const changed = difference(named.policy, graph, policy)
  if (changed !== undefined) {
    return yield* new CliError({
      message: `The policy is not the one that was verified${changed}; run edgeol verify ${specification} again.`
    })
  }
  const { entry: module, exported } = named
  if (exported === undefined) return { specification } satisfies Verified
  const own = yield* attempt(() => Program.only({ module, exported, as: "policy" }))
  return { specification: policy.specification, own } satisfies Verified
})

/** A policy's file is looked for where it was verified, seen from here. */
const found = (specification: string) =>
  PolicyFile.isGone(specification)
    ? new CliError({
        message: `The certificate is for ${specification}, which is not here; go to the folder it is in, or name the file with --policy.`
      })
    : Effect.succeed(specification)

/** The same policy of ours, or the same of those that a file exports. */
const isSame = (one: string, other: string): boolean => {
  const [file, otherFile] = [PolicyFile.parts(one), PolicyFile.parts(other)]
  return file === undefined || otherFile === undefined ? one === other : file.name === otherFile.name
}

/** Where the code differs, or the configuration that it makes; undefined where nothing does. */
const difference = (
  { config }: Policy,
  { files, sha256 }: ModuleGraph.ModuleGraph,
  certified: Certificate.Certificate["policy"]
): string | undefined => {
  if (sha256 === certified.modules) {
    return canonical(config) === canonical(certified.config)
      ? undefined
      : `: its configuration is ${JSON.stringify(config)}`
  }
  const hashes = new Map(certified.files.map(({ path, sha256 }) => [path, sha256]))
  const other = files.find((file) => hashes.get(file.path) !== file.sha256)
  return other === undefined ? "" : ` (${other.path})`
}

/** What rejects with a sentence. */
export const attempt = <A>(action: () => Promise<A>): Effect.Effect<A, CliError> =>
  Effect.tryPromise({ try: action, catch: (cause) => new CliError({ message: (cause as Error).message }) })
