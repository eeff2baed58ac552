/** Scenarios that were hard on some policy once, kept: each is tried whenever a policy is. */
import { readdirSync } from "node:fs"
import { join, resolve } from "node:path"

const folder = resolve(import.meta.dirname, "../scenarios")

export const names = (): ReadonlyArray<string> =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .toSorted()

/** The file of one of them. */
export const file = (name: string): string | undefined =>
  names().includes(name) ? join(folder, `${name}.yaml`) : undefined
