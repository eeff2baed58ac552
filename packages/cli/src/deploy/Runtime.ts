/**
 * The runtime layer of a device: Node, TensorFlow's two libraries, tfjs-node in one file and its addon. Built once for a
 * target and kept in the cache; named by the SHA-256 of its list of files, so that a device needs each only once.
 */
import { createHash } from "node:crypto"
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Addon from "@edgeol/backends/tensorflow/Addon"
import * as Cache from "@edgeol/backends/tensorflow/Cache"
import * as Install from "@edgeol/backends/tensorflow/Install"
import * as Layout from "@edgeol/backends/tensorflow/Layout"
import * as Lock from "@edgeol/backends/tensorflow/Lock"
import * as Progress from "@edgeol/backends/tensorflow/Progress"
import * as Run from "@edgeol/backends/tensorflow/Run"
import * as Wheel from "@edgeol/backends/tensorflow/Wheel"
import { type Target, sha256 } from "@edgeol/deploy/Manifest"
import * as Program from "@edgeol/deploy/Program"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"

export interface Runtime {
  readonly target: typeof Target.Type
  /** SHA-256 of `SHA256SUMS`, and so of every file. */
  readonly hash: string
  /** What is sent: a gzipped tape archive of its files. */
  readonly archive: string
  readonly sha256: string
  readonly bytes: number
  /** Unpacked. */
  readonly unpackedBytes: number
}

/** The newest Node that npm has for both targets, with the SHA-256 of its program. */
const node = {
  version: "24.21.0",
  sha256: {
    "linux-arm64": "0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584",
    "linux-x64": "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c"
  }
} as const

/** Starts the runtime's Node on a program, wherever the layer was installed. */
const launcher = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export NODE_PATH="$here/node_modules" EDGEOL_RUNTIME="$here"
exec "$here/bin/node" "$@"
`

const host = `${process.platform}-${process.arch}`

/** What compiles and strips for a target: the machine's own tools, or Debian's cross tools. */
const tools = (target: Runtime["target"]) => {
  if (target === host) return { compiler: Addon.compiler(), strip: "strip" }
  const prefix = target === "linux-arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu"
  return { compiler: `${prefix}-g++`, strip: `${prefix}-strip` }
}

/** Builds the runtime of a target, or finds it in the cache. */
export const build = Effect.fnUntraced(function* (target: Runtime["target"]) {
  const cache = Cache.folder()
  return yield* Lock.hold(cache, built(target, cache))
})

const built = Effect.fnUntraced(function* (target: Runtime["target"], cache: string) {
  const wheel = Wheel.forMachine("linux", target.slice("linux-".length))!
  const version = yield* compilerVersion(target)
  const kept = join(cache, `runtime-${target}-${key([wheel.sha256, node, version, launcher, Addon.recipe()])}`)
  if (!existsSync(kept)) {
    const scratch = yield* Cache.scratch(cache)
    yield* fill(target, yield* Install.install(wheel, cache), scratch).pipe(
      Effect.andThen(Cache.write(kept, () => renameSync(scratch, kept))),
      Effect.ensuring(Effect.sync(() => Cache.remove(scratch)))
    )
  }
  return JSON.parse(readFileSync(join(kept, "runtime.json"), "utf8"), (name, value) =>
    name === "archive" ? join(kept, value) : value
  ) as Runtime
})

const key = (recipe: unknown): string => sha256(JSON.stringify(recipe)).slice(0, 16)

const compilerVersion = Effect.fnUntraced(function* (target: Runtime["target"]) {
  const { compiler } = tools(target)
  const result = yield* Run.run(compiler, ["--version"])
  if (result.found && result.status === 0) return result.out.split("\n")[0] ?? ""
  return yield* new CliError({
    message: `The addon for ${target} is compiled with ${compiler}, which is not there; install it (apt-get install g++${target === host ? "" : `-${target === "linux-arm64" ? "aarch64" : "x86-64"}-linux-gnu`}).`
  })
})

/** Makes the layer in a folder of its own, then its archive and its description. */
const fill = Effect.fnUntraced(function* (target: Runtime["target"], tensorflow: string, scratch: string) {
  Progress.tell(`building the runtime for ${target}, once (some minutes, about 1 GB)`)
  const folder = join(scratch, "runtime")
  for (const part of ["bin", "lib", addonFolder]) mkdirSync(join(folder, part), { recursive: true })
  yield* placeNode(target, folder, scratch)
  yield* placeTensorflow(target, tensorflow, folder)
  yield* placeTfjs(target, tensorflow, folder)
  writeFileSync(join(folder, "run"), launcher)
  chmodSync(join(folder, "run"), 0o755)
  yield* describe(target, folder, scratch)
  Cache.remove(folder)
})

const addonFolder = "node_modules/@tensorflow/tfjs-node"

const placeNode = Effect.fnUntraced(function* (target: Runtime["target"], folder: string, scratch: string) {
  const to = join(folder, "bin/node")
  if (target === host && process.versions.node === node.version) copyFileSync(process.execPath, to)
  else {
    const name = `node-${target}`
    yield* command("npm", ["pack", "--silent", "--pack-destination", scratch, `${name}@${node.version}`])
    yield* command("tar", ["-xzf", join(scratch, `${name}-${node.version}.tgz`), "-C", scratch, "package/bin/node"])
    renameSync(join(scratch, "package/bin/node"), to)
  }
  chmodSync(to, 0o755)
  if (sha256(readFileSync(to)) === node.sha256[target]) return
  return yield* new CliError({
    message: `Node ${node.version} for ${target} has another SHA-256 than the pinned one; check the package index that npm uses.`
  })
})

/** Without symbols: 547 MB in place of 815. */
const placeTensorflow = Effect.fnUntraced(function* (target: Runtime["target"], from: string, folder: string) {
  for (const library of [Layout.library, Layout.framework]) {
    yield* command(tools(target).strip, ["-o", join(folder, "lib", library), join(from, library)])
  }
})

/** tfjs-node and all that it needs in one file, which looks for its addon beside itself. */
const placeTfjs = Effect.fnUntraced(function* (target: Runtime["target"], tensorflow: string, folder: string) {
  const to = join(folder, addonFolder)
  const code = yield* Effect.tryPromise({
    try: () => Program.common(join(Addon.tfjsFolder(), "dist/index.js"), { "@mapbox/node-pre-gyp": beside }),
    catch: (cause) => new CliError({ message: (cause as Error).message })
  })
  writeFileSync(join(to, "index.js"), code)
  const output = join(to, "tfjs_binding.node")
  yield* Addon.compileFor({ compiler: tools(target).compiler, tensorflow, rpath: "$ORIGIN/../../../lib", output })
  yield* command(tools(target).strip, [output])
})

const beside = `module.exports = { find: () => require("node:path").join(__dirname, "tfjs_binding.node") }`

const describe = Effect.fnUntraced(function* (target: Runtime["target"], folder: string, scratch: string) {
  const list = `find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum > SHA256SUMS`
  yield* command("sh", ["-c", `cd "$1" && ${list}`, "sh", folder])
  const archive = join(scratch, "runtime.tar.gz")
  const fixed = "--sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar"
  yield* command("sh", ["-c", `tar -C "$1" ${fixed} -cf - . | gzip -n > "$2"`, "sh", folder, archive])
  const sums = readFileSync(join(folder, "SHA256SUMS"))
  const { out } = yield* command("du", ["-sb", folder])
  const packed = readFileSync(archive)
  const description: Runtime = {
    target,
    hash: createHash("sha256").update(sums).digest("hex"),
    archive: "runtime.tar.gz",
    sha256: sha256(packed),
    bytes: packed.length,
    unpackedBytes: Number.parseInt(out, 10)
  }
  writeFileSync(join(scratch, "runtime.json"), JSON.stringify(description, null, 2))
})

/** Runs a command that has to succeed. */
const command = Effect.fnUntraced(function* (name: string, args: ReadonlyArray<string>) {
  const result = yield* Run.run(name, args)
  if (!result.found) {
    return yield* new CliError({ message: `${name} is needed to build the runtime and was not found; install it.` })
  }
  if (result.status !== 0) {
    return yield* new CliError({ message: `${name} failed (${Run.complaint(result)}); the runtime was not built.` })
  }
  return result
})
