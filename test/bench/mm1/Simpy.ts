/** SimPy in a process of its own, installed into the user's cache when it is not there. */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Cache from "@edgeol/backends/tensorflow/Cache"

const version = "4.1.2"

export interface Simpy {
  /** Runs the customers whose gaps and service times the file holds: their mean time in the system. */
  readonly run: (path: string, customers: number) => Promise<{ readonly mean: number; readonly seconds: number }>
  readonly stop: () => void
}

/** Null, and a sentence on standard error, where it cannot be had. */
export const start = (): Simpy | null => {
  const python = installed()
  if (python === null) return null
  const script = fileURLToPath(new URL("./mm1.py", import.meta.url))
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    run: async (path, customers) => {
      child.stdin.write(`${path} ${customers}\n`)
      return JSON.parse((await lines.next()).value as string) as { mean: number; seconds: number }
    },
    stop: () => child.stdin.end()
  }
}

/** The Python of a virtual environment with this SimPy. */
const installed = (): string | null => {
  const folder = join(Cache.folder(), `simpy-${version}`)
  const python = join(folder, "bin", "python")
  if (has(python)) return python
  const steps = [
    ["python3", "-m", "venv", "--clear", folder],
    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", `simpy==${version}`]
  ] as const
  for (const [command, ...args] of steps) {
    const result = spawnSync(command, args, { encoding: "utf8" })
    if (result.status !== 0) return missing(result)
  }
  return has(python) ? python : missing()
}

const has = (python: string): boolean =>
  spawnSync(python, ["-c", "import simpy; print(simpy.__version__)"], { encoding: "utf8" }).stdout?.trim() === version

const missing = (result?: SpawnSyncReturns<string>): null => {
  const said = result?.error?.message ?? result?.stderr.trim().split("\n").at(-1) ?? "it cannot be imported"
  console.error(`SimPy ${version} could not be installed, so nothing is compared with it: ${said}`)
  return null
}
