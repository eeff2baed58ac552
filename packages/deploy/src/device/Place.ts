/** Puts the files of an opened bundle where releases are: under a temporary name until all of them are on disk. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync
} from "node:fs"
import { basename, dirname, join } from "node:path"
import type { KeyObject } from "node:crypto"
import { Result } from "effect"
import * as Bundle from "../Bundle.ts"
import { BundleError } from "../BundleError.ts"
import * as Keys from "../Keys.ts"
import * as Manifest from "../Manifest.ts"
import * as Places from "./Places.ts"

/** The keys whose bundles this device obeys. Throws a `BundleError` without one. */
export const trusted = (root: string): ReadonlyArray<KeyObject> => {
  const folder = join(root, "keys")
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".pem")) : []
  if (files.length > 0) {
    return files.map((name) => Result.getOrThrow(Keys.publicKey(readFileSync(join(folder, name), "utf8"), name)))
  }
  throw new BundleError({ message: "The device trusts nobody's bundles yet; name your public key with --trust FILE." })
}

/** The highest release that was installed; undefined before the first. Throws a `BundleError` where that is damaged. */
export const installed = (root: string): Bundle.Installed | undefined => {
  const path = join(root, "installed.json")
  if (!existsSync(path)) return undefined
  const text = readFileSync(path, "utf8")
  const found = /^\{"release":(\d+),"hash":"([0-9a-f]{64})",/.exec(text)
  const said = { release: Number(found?.[1]), hash: found?.[2] ?? "" }
  if (text === written(said)) return said
  throw new BundleError({
    message: `${path} is damaged, so that nobody knows which releases are older; remove it there, and any is taken.`
  })
}

/** From now on, older releases are refused. */
export const install = (root: string, one: Bundle.Installed): void =>
  Places.write(join(root, "installed.json"), written(one))

const written = ({ release, hash }: Bundle.Installed): string =>
  JSON.stringify({ release, hash, sha256: Manifest.sha256(`${release} ${hash}`) })

/** Opens a bundle and installs its release, unless it is there. Rejects with a `BundleError`. */
export const release = async (root: string, bundle: Uint8Array): Promise<Bundle.Opened> => {
  const opened = await Bundle.open(bundle, trusted(root))
  const { manifest, hash } = opened
  const machine = `${process.platform}-${process.arch}`
  if (manifest.target !== machine) {
    throw new BundleError({
      message: `The bundle is for ${manifest.target} and this is ${machine}; bundle with --target ${machine}.`
    })
  }
  const problem = Bundle.older(opened, installed(root))
  if (problem !== undefined) throw new BundleError({ message: problem })
  if (!existsSync(join(root, "runtimes", manifest.runtime, "bin/node"))) {
    throw new BundleError({
      message: `The runtime ${manifest.runtime.slice(0, 12)} is not on the device; deploy again.`
    })
  }
  if (existsSync(join(root, "releases", hash))) return opened
  if (free(root) < 2 * bundle.length) {
    throw new BundleError({ message: `The disk has ${Math.floor(free(root) / 1e6)} MB left; make room there.` })
  }
  place(root, opened)
  return opened
}

/** Bytes that the user may still write. */
const free = (root: string): number => {
  const { bavail, bsize } = statfsSync(root)
  return bavail * bsize
}

const place = (root: string, { manifest, hash, files }: Bundle.Opened): void => {
  const scratch = join(root, "incoming", `release-${hash}`)
  rmSync(scratch, { recursive: true, force: true })
  for (const [path, content] of files) {
    const to = join(scratch, "app", path)
    mkdirSync(dirname(to), { recursive: true })
    Places.fill(to, content)
  }
  symlinkSync(join("../../runtimes", manifest.runtime), join(scratch, "runtime"))
  for (const entry of readdirSync(scratch, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) Places.flush(join(entry.parentPath, entry.name))
  }
  Places.flush(scratch)
  mkdirSync(join(root, "releases"), { recursive: true })
  Places.move(scratch, join(root, "releases", hash))
}

/** Removes what no link names any more, and parts that were left behind. */
export const tidy = (root: string): void => {
  const kept = new Set([
    Places.linked(root, "current"),
    Places.linked(root, "previous"),
    Places.linked(root, "pending"),
    ...started(root)
  ])
  for (const name of entries(root, "releases")) if (!kept.has(name)) discard(root, "releases", name)
  const runtimes = new Set(entries(root, "releases").map((name) => runtimeOf(root, name)))
  for (const name of entries(root, "runtimes")) if (!runtimes.has(name)) discard(root, "runtimes", name)
  for (const name of entries(root, "incoming"))
    if (isOld(join(root, "incoming", name))) rmSync(join(root, "incoming", name), { recursive: true, force: true })
}

/** Releases whose code a process runs, which it may not have read to the end: it was started there. */
const started = (root: string): ReadonlyArray<string> =>
  entries("/", "proc").flatMap((id) => {
    const folder = /^\d+$/.test(id) ? Places.target(join("/proc", id, "cwd")) : undefined
    return folder !== undefined && dirname(folder) === realpathSync(join(root, "releases")) ? [basename(folder)] : []
  })

/** What arrived lately may still be on its way to somewhere. */
const isOld = (path: string): boolean => Date.now() - statSync(path).mtimeMs > 24 * 3_600_000

const runtimeOf = (root: string, release: string): string | undefined =>
  JSON.parse(readFileSync(join(root, "releases", release, "app/manifest.json"), "utf8")).runtime

const entries = (root: string, folder: string): ReadonlyArray<string> =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : []

/** Takes its name away in one step: under it a release or a runtime is whole, also if removing it is cut off. */
const discard = (root: string, folder: string, name: string): void => {
  const away = join("incoming", `discarded-${name}`)
  rmSync(join(root, away), { recursive: true, force: true })
  Places.move(join(root, folder, name), join(root, away))
  rmSync(join(root, away), { recursive: true, force: true })
}
