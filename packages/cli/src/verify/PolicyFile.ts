/** The policy that somebody means: one of ours by its specification, or their own by the file that exports it. */
import { resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Policy } from "@edgeol/core/Policy"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Settings from "../Settings.ts"

export interface Named {
  readonly policy: Policy
  /** As it was typed. */
  readonly specification: string
  /** The module that it comes from. */
  readonly entry: string
}

/** `edgeol`, `periodic:4+linear`, `./sorry.ts`, or `./ideas.ts#sorry` of a file that exports several. */
export const open = (specification: string): Effect.Effect<Named, CliError> => {
  const [path = "", name] = specification.split("#")
  if (/\.[cm]?[jt]s$/.test(path)) return fromFile(specification, path, name)
  const entry = fileURLToPath(import.meta.resolve("@edgeol/core/Policies"))
  return Effect.map(Settings.policy(specification), (policy) => ({ policy, specification, entry }))
}

const fromFile = Effect.fnUntraced(function* (specification: string, path: string, name: string | undefined) {
  const entry = resolve(path)
  const module = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(entry).href) as Promise<Readonly<Record<string, unknown>>>,
    catch: (error) => new CliError({ message: `Cannot read the policy in ${path}: ${Files.reason(error)}.` })
  })
  const found = Object.entries(module).flatMap(([key, value]) => (isPolicy(value) ? [[key, value] as const] : []))
  const names = found.map(([key]) => key).join(", ")
  const chosen = name === undefined ? only(found) : found.find(([key]) => key === name)?.[1]
  if (chosen !== undefined) return { policy: chosen, specification, entry } satisfies Named
  return yield* new CliError({
    message:
      found.length === 0
        ? `${path} exports no policy; export one made with Policy.make.`
        : `${path} exports the policies ${names}; name one of them, as in ${path}#${found[0]![0]}.`
  })
})

/** The one that a file is about: its default, or all that it exports. */
const only = (found: ReadonlyArray<readonly [string, Policy]>) =>
  found.find(([key]) => key === "default")?.[1] ?? (found.length === 1 ? found[0]![1] : undefined)

const isPolicy = (value: unknown): value is Policy =>
  typeof value === "object" &&
  value !== null &&
  "initial" in value &&
  "name" in value &&
  typeof value.name === "string" &&
  "decide" in value &&
  typeof value.decide === "function"
