/** What tests deploy to `Loopback`: a runtime that borrows this computer's Node, and agents that only say who they are. */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Bundle from "@edgeol/deploy/Bundle"
import * as Deploy from "@edgeol/deploy/Deploy"
import * as Release from "@edgeol/deploy/Release"
import * as Manifest from "@edgeol/deploy/Manifest"
import * as Ssh from "@edgeol/deploy/Ssh"
import { Effect } from "effect"
import * as Releases from "./releases.ts"

const target = `linux-${process.arch}` as Manifest.Target

const list = `find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum > SHA256SUMS`

/** A layer of two small files, by a note in one of which it differs from others. */
export const runtime = (node = process.execPath, note = ""): Deploy.Runtime => {
  const folder = mkdtempSync(join(tmpdir(), "runtime-"))
  const files = join(folder, "files")
  mkdirSync(join(files, "bin"), { recursive: true })
  for (const [name, text] of [
    ["bin/node", `#!/bin/sh\nexec ${node} "$@" #${note}\n`],
    ["run", `#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/bin/node" "$@"\n`]
  ] as const) {
    writeFileSync(join(files, name), text)
    chmodSync(join(files, name), 0o755)
  }
  const archive = join(folder, "runtime.tar.gz")
  execFileSync("sh", ["-c", `cd "$1" && ${list} && tar -czf "$2" .`, "sh", files, archive])
  const bytes = readFileSync(archive)
  const hash = Manifest.sha256(readFileSync(join(files, "SHA256SUMS")))
  return { hash, archive, sha256: Manifest.sha256(bytes), bytes: bytes.length, unpackedBytes: 100_000 }
}

/**
 * Answers on its socket with its release and process, and takes over another on SIGHUP. What a release tells it makes it
 * fail (`initial/broken`), take over nothing (`initial/deaf`), or take over without an answer (`initial/mute`).
 */
export const agent = `
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { dirname } from "node:path"
const [, , , first, , state] = process.argv
const told = (folder) => {
  if (existsSync(folder + "/initial/broken")) throw new Error("broken")
  const { release } = JSON.parse(readFileSync(folder + "/manifest.json", "utf8"))
  return { status: "answering", release, process: process.pid, mute: existsSync(folder + "/initial/mute") }
}
let health = told(first)
process.on("SIGHUP", () => {
  const folder = dirname(state) + "/current/app"
  if (!existsSync(folder + "/initial/deaf")) health = told(folder)
})
mkdirSync(state, { recursive: true })
rmSync(state + "/agent.sock", { force: true })
createServer((_, response) => health.mute || response.end(JSON.stringify(health))).listen(state + "/agent.sock")
`

/** What installs them. */
const program = Effect.runPromise(Deploy.program)

/** One that dies at once. */
export const broken = `throw new Error("broken")\n`

/** A bundle in a file, read as its sender does. */
export const bundle = async (
  by: Releases.Signer,
  release: number,
  layer: Deploy.Runtime,
  code = agent,
  initial = "as-ever",
  to = target
) => {
  const files = Releases.texts(by, { "agent.js": code, [`initial/${initial}`]: "" }).set(
    Release.device,
    Buffer.from(await program)
  )
  const facts = { ...Releases.facts(release), target: to, runtime: layer.hash }
  const bytes = await Bundle.make({ files, facts }, by.privateKey)
  const path = join(mkdtempSync(join(tmpdir(), "bundle-")), "x.edgeol")
  writeFileSync(path, bytes)
  return { path, bytes: bytes.length, ...(await Bundle.inspect(bytes)) }
}

/** Runs what needs a host, and gives its value or the sentence that it failed with. */
export const on = <A, E extends { readonly message: string }>(
  name: string,
  use: (host: Ssh.Host) => Effect.Effect<A, E>
): Promise<A | string> =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(Ssh.open(name), use)).pipe(Effect.catch(({ message }) => Effect.succeed(message)))
  )
