/** What a release is: the files it consists of, the runtime it needs, and its place in the order of releases. */
import { createHash } from "node:crypto"
import { canonical } from "@edgeol/sim/Canonical"
import { Schema } from "effect"
import type { Files } from "./Archive.ts"
import { BundleError } from "./BundleError.ts"

/** SHA-256, hexadecimal. */
export const Hash = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
export const Target = Schema.Literals(["linux-arm64", "linux-x64"])
export type Target = typeof Target.Type

const Size = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const Manifest = Schema.Struct({
  format: Schema.Literal("edgeol-release@1"),
  /** Grows with every release for a device: one that is older than what was installed is refused. */
  release: Schema.Int.check(Schema.isGreaterThan(0)),
  target: Target,
  /** Hash of the runtime layer, which comes on its own. */
  runtime: Hash,
  /** For people and lists; what counts is in the files. */
  policy: Schema.NonEmptyString,
  experiment: Schema.NonEmptyString,
  /** Every file of the release but the manifest and its signature. */
  files: Schema.Record(Schema.String, Schema.Struct({ bytes: Size, sha256: Hash }))
})
export type Manifest = typeof Manifest.Type

/** Where the manifest and its signature are in a release. */
export const name = "manifest.json"
export const signature = "manifest.sig"

export const sha256 = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex")

/** The manifest of these files. */
export const of = (files: Files, facts: Omit<Manifest, "format" | "files">): Manifest => ({
  format: "edgeol-release@1",
  ...facts,
  files: Object.fromEntries(
    [...files].map(([path, content]) => [path, { bytes: content.length, sha256: sha256(content) }])
  )
})

/** One text for each manifest. */
export const encode = (manifest: Manifest): string => `${canonical(manifest)}\n`

const decodeJson = Schema.decodeUnknownSync(Manifest)

/** Throws a `BundleError`. */
export const decode = (text: string): Manifest => {
  try {
    const manifest = decodeJson(JSON.parse(text))
    if (encode(manifest) === text) return manifest
  } catch {
    // Told below, as all of it is one thing to the user: this is no manifest of ours.
  }
  throw new BundleError({ message: `${name} is damaged or of another version of edgeol; make the bundle again.` })
}

/** What keeps files from being those of a manifest, in a sentence; undefined when they are. */
export const problem = (manifest: Manifest, files: Files): string | undefined => {
  const listed = Object.keys(manifest.files).find((path) => !files.has(path))
  if (listed !== undefined) return `The file ${listed} is missing; make the bundle again.`
  for (const [path, content] of files) {
    if (path === name || path === signature) continue
    const wanted = Object.hasOwn(manifest.files, path) ? manifest.files[path] : undefined
    if (wanted === undefined) return `The file ${path} is not in the manifest; make the bundle again.`
    if (content.length !== wanted.bytes) {
      return `The file ${path} has ${content.length} bytes, not ${wanted.bytes}; copy or make the bundle again.`
    }
    if (sha256(content) !== wanted.sha256) {
      return `The file ${path} has another SHA-256 than the manifest says; copy or make the bundle again.`
    }
  }
  return undefined
}
