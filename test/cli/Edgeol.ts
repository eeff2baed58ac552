/** Runs the `edgeol` command as a user does, and a small experiment for it to run. */
import type * as Tape from "@edgeol/cli/Tape"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { onTestFinished } from "vitest"

const root = resolve(import.meta.dirname, "../..")
const main = join(root, "packages/cli/src/main.ts")

export interface Ended {
  /** The exit code; null after a signal. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Begins `edgeol …` as the leader of a process group of its own, from the repository's root. */
export const start = (...flags: ReadonlyArray<string>): ChildProcess =>
  spawn(process.execPath, [main, ...flags], { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"], env })

/** Compiled code is kept, so that a command starts in half the time. */
const env = { NODE_COMPILE_CACHE: join(tmpdir(), "edgeol-compiled"), ...process.env }

/** How it ended, and what it said. */
export const ended = (command: ChildProcess): Promise<Ended> =>
  new Promise((done) => {
    const said = { stdout: "", stderr: "" }
    command.stdout!.on("data", (text: Buffer) => (said.stdout += text.toString()))
    command.stderr!.on("data", (text: Buffer) => (said.stderr += text.toString()))
    command.on("close", (code) => done({ code, ...said }))
  })

export const run = (...flags: ReadonlyArray<string>): Promise<Ended> => ended(start(...flags))

/** A folder that goes with the test. */
export const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "edgeol-cli-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A tenth of a second of learning: two blocks, four scenarios of few batches and requests. */
export const tiny = (folder: string, changes: Readonly<Record<string, string>> = {}): string => {
  const path = join(folder, "tiny.yaml")
  const lines = Object.entries({ ...experiment, ...changes }).map(([key, value]) => `${key}: ${value}\n`)
  writeFileSync(path, lines.join(""))
  return path
}

const experiment = {
  stream: "patterns/nic@1",
  model: "{ kind: convnet, widths: [4, 8] }",
  initial: "{ samples: 64, epochs: 2, learningRate: 0.01 }",
  batches: "{ perScenario: 3, samples: 8, validation: 4, secondsBetween: 0.5, process: { kind: periodic } }",
  requests: "{ perScenario: 5, process: { kind: poisson } }",
  heldOut: "8",
  training: "{ optimiser: sgd, learningRate: 0.01, momentum: 0.9, weightDecay: 0.0005, batchSize: 8, epochs: 2 }"
}

/** Flags that make a run repeat to the bit. */
export const repeatable = ["--clock", "modelled", "--threads", "1"]

/** Of a tape that no run wrote. */
export const header: Tape.Header = {
  format: "edgeol-tape@1",
  experiment: { stream: "patterns/nic@1" },
  stream: "tiny",
  policy: { name: "immediate", config: {} },
  seed: 1,
  rounds: "warm",
  clock: "modelled",
  meter: { kind: "modelled", source: "orin-nano@15W" },
  units: ["body", "head"],
  scenarios: ["rain"],
  versions: { edgeol: "0.1.0" }
}
