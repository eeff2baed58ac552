/**
 * What edgeol keeps on a device, below `~/.local/share/edgeol`:
 *
 *     runtimes/HASH/         a runtime layer, checked against its SHA256SUMS, of which HASH is the SHA-256
 *     releases/HASH/app/     the files of a bundle whose SHA-256 is HASH; `runtime` beside it links to its layer
 *     current, previous      links to the release that runs, and to the one to go back to
 *     pending                while a new release is judged: a link to the one that `current` goes back to if it fails
 *     installed.json         the highest release so far: older ones are refused
 *     keys/*.pem             public keys of those whose bundles are obeyed
 *     incoming/              parts on their way; state/: the agent's own; lock: held by whoever changes anything here
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync
} from "node:fs"
import { basename, dirname, join } from "node:path"

/** The release that a link names; undefined without the link, or where it names none. */
export const linked = (root: string, link: "current" | "previous" | "pending"): string | undefined => {
  const named = target(join(root, link))
  return named === undefined || named === nothing ? undefined : basename(named)
}

const nothing = "releases/none"

/** What a link says; undefined without one, or without leave to read it. */
export const target = (path: string): string | undefined => {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** Whether a release is being judged. */
export const isPending = (root: string): boolean => target(join(root, "pending")) !== undefined

/** Makes a link name a release, in one step: at every moment it names the old one or the new one. */
export const link = (root: string, name: "current" | "pending", release: string | undefined): void => {
  const fresh = join(root, `.${name}.new`)
  rmSync(fresh, { force: true })
  symlinkSync(release === undefined ? nothing : join("releases", release), fresh)
  move(fresh, join(root, name))
}

/** A rename that is on disk when this returns. */
export const move = (from: string, to: string): void => {
  renameSync(from, to)
  synced(dirname(to), "r", () => {})
}

/** A file that is whole or absent. */
export const write = (path: string, content: string | Uint8Array): void => {
  const fresh = `${path}.new`
  mkdirSync(dirname(path), { recursive: true })
  fill(fresh, content)
  move(fresh, path)
}

/** A file that is on disk when this returns, in a folder that nobody looks into yet. */
export const fill = (path: string, content: string | Uint8Array): void => {
  const bytes = typeof content === "string" ? Buffer.from(content) : content
  synced(path, "w", (file) => {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
  })
}

/** The names in a folder, on disk. */
export const flush = (folder: string): void => synced(folder, "r", () => {})

const synced = (path: string, flags: string, use: (file: number) => void): void => {
  const file = openSync(path, flags)
  try {
    use(file)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
