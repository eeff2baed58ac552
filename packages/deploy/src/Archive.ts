/**
 * Files in one tape archive (POSIX.1-1988 ustar) that depends on names and contents alone: sorted, without times,
 * owners or modes. There is exactly one archive of given files, and reading refuses every other sequence of bytes.
 */
import { buffer } from "node:stream/consumers"
import { extract, pack } from "tar-stream"
import type { Header } from "tar-stream"
import { BundleError } from "./BundleError.ts"

/** Contents by path; `/` parts folders. */
export type Files = ReadonlyMap<string, Uint8Array>

/** The archive of these files. Rejects with a `BundleError` where a name is not a plain relative path. */
export const write = async (files: Files): Promise<Uint8Array> => {
  const archive = pack()
  for (const name of [...files.keys()].toSorted()) {
    const problem = flaw(name)
    if (problem !== undefined) throw refused(name, problem)
    archive.entry({ name, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 }, Buffer.from(files.get(name)!))
  }
  archive.finalize()
  return buffer(archive)
}

/** The files of an archive that `write` made, whole. Rejects with a `BundleError` otherwise; writes nothing. */
export const read = async (bytes: Uint8Array): Promise<Files> => {
  const files = await members(bytes)
  if (Buffer.compare(await write(files), bytes) !== 0) {
    throw damaged()
  }
  return files
}

const members = async (bytes: Uint8Array): Promise<Files> => {
  const files = new Map<string, Uint8Array>()
  try {
    const archive = extract()
    archive.end(Buffer.from(bytes))
    for await (const entry of archive) {
      const problem = kinds[entry.header.type ?? "file"] ?? flaw(entry.header.name) ?? twice(files, entry.header)
      if (problem !== undefined) throw refused(entry.header.name, problem)
      files.set(entry.header.name, await buffer(entry))
    }
  } catch (cause) {
    if (cause instanceof BundleError) throw cause
    throw damaged()
  }
  return files
}

const damaged = () =>
  new BundleError({ message: "The archive is damaged or was not made by edgeol bundle; copy or make it again." })

const twice = (files: Files, { name }: Header) => (files.has(name) ? "it is there twice" : undefined)

/** Members other than files. */
const kinds: { readonly [type: string]: string } = {
  link: "it is a hard link",
  symlink: "it is a symbolic link",
  directory: "it is a folder of its own",
  "block-device": "it is a device",
  "character-device": "it is a device",
  fifo: "it is a pipe",
  "contiguous-file": "it is of a kind that edgeol does not write"
}

/** What makes a path no plain relative one, in at most 100 bytes. */
export const flaw = (path: string): string | undefined => {
  if (path.startsWith("/")) return "its name is absolute"
  const parts = path.split("/")
  if (parts.includes("..")) return "its name leaves the folder"
  if (path.length > 100 || parts.some((part) => !/^[\w@+-][\w@+.-]*$/.test(part))) return "its name is not a plain one"
  return undefined
}

const refused = (name: string, problem: string) =>
  new BundleError({
    message: `The archive is refused for "${name.replace(/[^\x20-\x7e]/g, "?").slice(0, 100)}": ${problem}; make it with edgeol bundle.`
  })
