/** Programs of tests as plain JavaScript in one file, which start in a third of the time. */
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import * as Program from "@edgeol/deploy/Program"

const backends = resolve(import.meta.dirname, "../../packages/backends")

/** Puts a program into a folder of its own, beside the modules of the backends, until this process ends; gives its path. */
export const program = async (source: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-built-"))
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(join(backends, "node_modules"), join(folder, "node_modules"))
  copyFileSync(join(backends, "src/tensorflow/shim.cc"), join(folder, "shim.cc"))
  const name = basename(source, ".ts")
  for (const [file, bytes] of await Program.build(name, source)) writeFileSync(join(folder, file), bytes)
  writeFileSync(join(folder, "package.json"), `{"type":"module"}`)
  return join(folder, `${name}.js`)
}
