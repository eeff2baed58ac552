/**
 * All files that a program consists of: its entry and what that imports, transitively, packages included, as they lie on
 * disk. Names do not depend on the machine: a file is known by its package and its place in it.
 *
 * What is imported under a name that is only known at run time is not seen.
 */
import { createHash } from "node:crypto"
import { existsSync, readFileSync, realpathSync } from "node:fs"
import { isBuiltin } from "node:module"
import { dirname, join, relative, resolve, sep } from "node:path"
import { canonical } from "@edgeol/sim/Canonical"
import { Schema } from "effect"
import { type Plugin, rolldown } from "rolldown"

export interface File {
  /** `@edgeol/core@0.1.0/src/Policy.ts`. */
  readonly path: string
  readonly sha256: string
}

export interface ModuleGraph {
  /** In order of their paths. */
  readonly files: ReadonlyArray<File>
  /** SHA-256 of the paths and contents of all. */
  readonly sha256: string
  /** What the entry's own package asks of Node: `node:fs`. */
  readonly builtins: ReadonlyArray<string>
}

/** A program that is not whole. */
export class ModuleError extends Schema.TaggedError<ModuleError>()("ModuleError", { message: Schema.String }) {}

/** Rejects with a `ModuleError`. */
export const of = async (entry: string): Promise<ModuleGraph> => {
  if (!existsSync(entry)) throw new ModuleError({ message: `There is no file ${entry}; check the path.` })
  const start = realpathSync(resolve(entry))
  const { ids, builtins } = await walk(start)
  const files = ids
    .map((id) => ({ path: nameOf(id, dirname(start)), sha256: sha256(readFileSync(id)) }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return { files, sha256: sha256(canonical(files)), builtins }
}

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex")

/** Modules whose names begin with NUL are the bundler's own. */
const walk = async (entry: string) => {
  const ids = new Set<string>()
  const builtins = new Set<string>()
  const home = packageOf(entry)?.folder ?? dirname(entry)
  const note: Plugin = {
    name: "note",
    resolveId(name, importer) {
      if (!isBuiltin(name)) return undefined
      if (importer?.startsWith(home + sep) === true) builtins.add(name)
      return { id: name, external: true }
    },
    buildEnd() {
      for (const id of this.getModuleIds()) if (!id.startsWith("\0") && !isBuiltin(id)) ids.add(id)
    }
  }
  try {
    const bundle = await rolldown({ input: entry, platform: "node", treeshake: false, plugins: [note], onLog: refuse })
    await bundle.generate({})
    await bundle.close()
  } catch (error) {
    throw error instanceof ModuleError ? error : new ModuleError({ message: `Cannot read ${entry}: ${reason(error)}.` })
  }
  return { ids: [...ids].toSorted(), builtins: [...builtins].toSorted() }
}

/** A package that is not there would be left out of the hash. */
const refuse = (_: unknown, log: { readonly code?: string; readonly message: string }) => {
  if (log.code === "UNRESOLVED_IMPORT") throw new ModuleError({ message: `${reason(log)}; install or correct it.` })
}

/** What the bundler says first, without colours, codes and a stop. */
export const reason = (error: unknown): string => {
  const text = error instanceof Object && "message" in error ? String(error.message) : String(error)
  // oxlint-disable-next-line no-control-regex
  const lines = text.replaceAll(/\u001B\[[\d;]*m/g, "").split("\n")
  const line = lines.find((one) => one.trim() !== "" && !one.startsWith("Build failed")) ?? "it is no module"
  return line
    .replace(/^\[\w+\] (Error: )?/, "")
    .replace(/\.\s*$/, "")
    .trim()
}

interface Package {
  readonly folder: string
  readonly name: string
}

/** The package that a file belongs to: where the nearest `package.json` with a name is. */
const packageOf = (file: string): Package | undefined => {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, "package.json")
    const { name, version = "0.0.0" } = existsSync(path)
      ? (JSON.parse(readFileSync(path, "utf8")) as { readonly name?: string; readonly version?: string })
      : {}
    if (name !== undefined) return { folder, name: `${name}@${version}` }
    if (dirname(folder) === folder) return undefined
  }
}

const nameOf = (file: string, start: string): string => {
  const home = packageOf(file)
  const path = home === undefined ? relative(start, file) : join(home.name, relative(home.folder, file))
  return path.replaceAll(sep, "/")
}
