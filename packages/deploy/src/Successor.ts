/**
 * Whether a release can go on in the process of another: what runs is the same in every byte, and only what it is told
 * differs: policy, promises, prices, model.
 */
import * as Manifest from "./Manifest.ts"
import * as Release from "./Release.ts"

/** SHA-256 of a release's runtime and code. */
const program = ({ target, runtime, files }: Manifest.Manifest): string => {
  const code = Object.entries(files)
    .filter(([path]) => !isTold(path))
    .map(([path, { sha256 }]) => `${path} ${sha256}`)
  return Manifest.sha256([target, runtime, ...code.toSorted()].join("\n"))
}

export const fits = (next: Manifest.Manifest, running: Manifest.Manifest): boolean => program(next) === program(running)

/** What is read anew for each release; the policy's file is imported anew. */
const isTold = (path: string): boolean => told.has(path) || path.startsWith(`${Release.initial}/`)

const told: ReadonlySet<string> = new Set([
  Release.policy,
  Release.setup,
  Release.profile,
  Release.certificate,
  Release.device
])
