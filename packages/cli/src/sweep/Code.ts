/** What decides the outcome of a run besides its plan: the sources, as they are run, and Node. */
import { readFileSync, readdirSync } from "node:fs"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const packages = fileURLToPath(new URL("../../../", import.meta.url))

/** Of a simulation. */
const simulating = ["core/src", "sim/src", "sim/devices", "sim/hosts", "sim/profiles", "cli/src/simulate"]

/** Equal for equal files in these folders and equal versions of Node. */
export const version = (folders: ReadonlyArray<string> = simulating): string => {
  const sum = createHash("sha256").update(process.versions.node)
  for (const name of folders) {
    for (const path of files(join(packages, name))) sum.update(path.slice(packages.length)).update(readFileSync(path))
  }
  return sum.digest("hex")
}

/** In order of their names. */
const files = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? files(path) : [path]
    })
