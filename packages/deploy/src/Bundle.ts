/**
 * One file with everything of a release but its runtime: a signed manifest, and exactly the files that it lists. Equal
 * inputs give equal bytes; whatever differs from what was signed in a single bit is refused before anything is written.
 */
import type { KeyObject } from "node:crypto"
import { Result } from "effect"
import * as Archive from "./Archive.ts"
import { BundleError } from "./BundleError.ts"
import * as Certificate from "./Certificate.ts"
import * as Manifest from "./Manifest.ts"
import * as Release from "./Release.ts"
import * as Signature from "./Signature.ts"

/** What is bundled: the files of `Release`, and what the manifest says of them. */
export interface Contents {
  readonly files: Archive.Files
  readonly facts: Omit<Manifest.Manifest, "format" | "files">
}

/** A release that may be run. */
export interface Opened {
  readonly manifest: Manifest.Manifest
  /** SHA-256 of the bundle, which names the release. */
  readonly hash: string
  /** With the manifest and its signature. */
  readonly files: Archive.Files
  readonly setup: Release.Setup
  readonly certificate: Certificate.Certificate
}

const format = "edgeol-release@1"

/** The bundle's bytes, whatever they are worth: `open` decides. Rejects with a `BundleError` for a bad name. */
export const make = async ({ files, facts }: Contents, privateKey: KeyObject): Promise<Uint8Array> => {
  const manifest = Manifest.encode(Manifest.of(files, facts))
  return Archive.write(
    new Map([
      ...files,
      [Manifest.name, encoder.encode(manifest)],
      [Manifest.signature, encoder.encode(Signature.detached(format, manifest, privateKey))]
    ])
  )
}

const encoder = new TextEncoder()

/** What a bundle says of itself, whoever signed it: whole, but not to be obeyed. Rejects with a `BundleError`. */
export const inspect = async (bytes: Uint8Array): Promise<Pick<Opened, "manifest" | "hash" | "files">> => {
  const files = await Archive.read(bytes)
  return { files, manifest: whole(files), hash: Manifest.sha256(bytes) }
}

const whole = (files: Archive.Files): Manifest.Manifest => {
  const manifest = Manifest.decode(Release.text(files, Manifest.name))
  const problem = Manifest.problem(manifest, files)
  if (problem !== undefined) throw new BundleError({ message: problem })
  return manifest
}

/** Opens a bundle that one of these keys signed. Rejects with a `BundleError` that says why it is refused. */
export const open = async (bytes: Uint8Array, trusted: ReadonlyArray<KeyObject>): Promise<Opened> => ({
  ...check(await Archive.read(bytes), trusted),
  hash: Manifest.sha256(bytes)
})

/** The release that files are, wherever they were read from. Throws a `BundleError`. */
export const check = (files: Archive.Files, trusted: ReadonlyArray<KeyObject>): Omit<Opened, "hash"> => {
  const text = Release.text(files, Manifest.name)
  const signed = Signature.check(format, text, Release.text(files, Manifest.signature), trusted)
  if (Result.isFailure(signed)) throw new BundleError({ message: `The manifest ${signed.failure.why}.` })
  const manifest = whole(files)
  Release.text(files, Release.agent)
  const setup = Release.readSetup(files)
  if (setup.module !== undefined) Release.text(files, setup.module)
  return { manifest, files, setup, certificate: certified(files, setup, trusted) }
}

/** The certificate, if it is signed and about this policy and this cost profile. */
const certified = (files: Archive.Files, setup: Release.Setup, trusted: ReadonlyArray<KeyObject>) => {
  const opened = Certificate.open(Release.text(files, Release.certificate), trusted)
  if (Result.isFailure(opened)) throw new BundleError({ message: opened.failure.message })
  const { policy, profile } = opened.success
  if (policy.specification !== setup.policy) {
    throw new BundleError({
      message: `The certificate is for the policy ${policy.specification}, and the bundle runs ${setup.policy}; verify that one, or bundle the other.`
    })
  }
  if (profile.sha256 !== Manifest.sha256(files.get(Release.profile) ?? "")) {
    throw new BundleError({
      message: `The certificate is for another cost profile than the bundle's ${Release.profile}; bundle ${profile.name}, with which it was tried.`
    })
  }
  return opened.success
}

/** What was installed last on a device. */
export interface Installed {
  readonly release: number
  readonly hash: string
}

/** Why a release must not follow another on a device; undefined when it may. */
export const older = ({ manifest, hash }: Opened, installed: Installed | undefined): string | undefined => {
  if (installed === undefined || hash === installed.hash || manifest.release > installed.release) return undefined
  const which = manifest.release === installed.release ? "another bundle of release" : "older than release"
  return `Release ${manifest.release} is ${which} ${installed.release}, which was installed before; bundle it with --release ${installed.release + 1}, or use edgeol rollback.`
}
