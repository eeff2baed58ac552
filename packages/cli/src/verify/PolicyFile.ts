/** The policy that somebody means: one of ours by its specification, or their own by the file that exports it. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"

export interface Named {
  readonly policy: Policy
  /** As it was typed. */
  readonly specification: string
  /** The module that it comes from. */
  readonly entry: string
  /** As what a file exports it; ours are made by name. */
  readonly exported?: string
}

/** A policy's file, and its name there where that was typed; undefined of one of ours. */
export const parts = (specification: string): { readonly path: string; readonly name?: string } | undefined => {
  const [path = "", name] = specification.split("#")
  if (!/\.[cm]?[jt]s$/.test(path)) return undefined
  return name === undefined ? { path } : { path, name }
}

/** Whether it means a file that is not there. */
export const isGone = (specification: string): boolean => {
  const file = parts(specification)
  return file !== undefined && !existsSync(file.path)
}

/** `edgeol`, `periodic:4+linear`, `./sorry.ts`, or `./ideas.ts#sorry` of a file that exports several. */
export const open = (specification: string): Effect.Effect<Named, CliError> => {
  const file = parts(specification)
  if (file !== undefined) return fromFile(specification, file.path, file.name)
  const entry = fileURLToPath(import.meta.resolve("@edgeol/core/Policies"))
  return Effect.try({
    try: () => ({ policy: Policies.parse(specification), specification, entry }),
    catch: (error) => new CliError({ message: (error as Error).message })
  })
}

const fromFile = Effect.fnUntraced(function* (specification: string, path: string, name: string | undefined) {
  if (isGone(path)) {
    return yield* new CliError({ message: `Cannot read the policy in ${path}: there is no such file; check the path.` })
  }
  const entry = resolve(path)
  const module = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(entry).href) as Promise<Readonly<Record<string, unknown>>>,
    catch: (error) =>
      new CliError({
        message: `Cannot read the policy in ${path}: ${Files.reason(error).replace(/\.$/, "")}; correct the file and run again.`
      })
  })
  const found = Object.entries(module).flatMap(([key, value]) => (isPolicy(value) ? [[key, value] as const] : []))
  const names = found.map(([key]) => key).join(", ")
  const chosen = name === undefined ? only(found) : found.find(([key]) => key === name)
  if (chosen !== undefined) return { policy: chosen[1], specification, entry, exported: chosen[0] } satisfies Named
  return yield* new CliError({
    message:
      found.length === 0
        ? `${path} exports no policy; export one made with Policy.make.`
        : `${path} exports the policies ${names}; name one of them, as in ${path}#${found[0]![0]}.`
  })
})

/** The one that a file is about: its default, or all that it exports. */
const only = (found: ReadonlyArray<readonly [string, Policy]>) =>
  found.find(([key]) => key === "default") ?? (found.length === 1 ? found[0] : undefined)

const isPolicy = (value: unknown): value is Policy =>
  typeof value === "object" &&
  value !== null &&
  "initial" in value &&
  "name" in value &&
  typeof value.name === "string" &&
  "decide" in value &&
  typeof value.decide === "function"
