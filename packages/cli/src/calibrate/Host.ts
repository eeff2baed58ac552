/** Times a model's training steps on this computer, over batch sizes, frozen prefixes and threads. */
import { arch, cpus, platform } from "node:os"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import * as Rng from "@edgeol/core/Rng"
import { Effect } from "effect"
import cli from "../../package.json" with { type: "json" }
import type { Progress } from "../Progress.ts"
import * as StepProcess from "./StepProcess.ts"
import * as Subject from "./Subject.ts"
import * as Timings from "./Timings.ts"

export interface Options {
  readonly model: Subject.Name
  readonly batches: ReadonlyArray<number>
  readonly threads: ReadonlyArray<number>
  readonly seconds: number
  readonly file: string
}

export const cells = ({ model, batches, threads }: Pick<Options, "model" | "batches" | "threads">) => {
  const units = Models.make(Subject.configs[model]).units.length
  return threads.flatMap((count) =>
    batches.flatMap((batch) =>
      Array.from({ length: units }, (_, depth): Timings.Cell => ({ threads: count, batch, depth }))
    )
  )
}

export const machine = () =>
  `${platform()} ${arch()}, ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} hardware threads`

/** Timings of this computer so far, and a place for more; closed with the scope. */
export const open = (file: string, header: Timings.Header) =>
  Effect.acquireRelease(
    Timings.attempt(file, () => Timings.open(file, header)),
    (log) => Effect.sync(() => log.close())
  )

const header = (model: Subject.Name): Timings.Header => ({
  format: "edgeol-timings@1",
  model: JSON.stringify(Subject.configs[model]),
  machine: machine(),
  versions: { edgeol: cli.version, node: process.versions.node }
})

/**
 * Visits all cells again and again in changing order until the time is over, once at least; so each is timed at many
 * moments, in some of which the machine has nothing else to do. What an earlier start did not reach comes first.
 */
export const measure = Effect.fnUntraced(function* (options: Options, progress: Progress) {
  yield* Tensorflow.ensure
  const about = header(options.model)
  const log = yield* open(options.file, about)
  const processes = new Map<number, StepProcess.StepProcess>()
  for (const threads of options.threads) {
    processes.set(threads, yield* StepProcess.start(Subject.configs[options.model], threads))
  }
  const all = cells(options)
  const visited = all.map((cell) => log.visits.filter((visit) => Timings.isOf(cell, visit)).length)
  const visits = [...log.visits]
  const started = performance.now()
  const spent = () => (performance.now() - started) / 1000
  for (let pass = Math.min(...visited); pass === 0 || spent() < options.seconds; pass++) {
    for (const i of Rng.named(pass, "order").permutation(all.length)) {
      if (visited[i]! > pass) continue
      if (pass > 0 && spent() >= options.seconds) break
      const cell = all[i]!
      const steps = yield* processes.get(cell.threads)!.time({ ...cell, steps: stepsOf(cell.batch) })
      yield* Timings.attempt(options.file, () => log.add({ ...cell, steps }))
      visits.push({ ...cell, steps })
      visited[i]! += 1
      progress.to(Math.min(options.seconds, spent()), `pass ${pass + 1}`)
    }
  }
  return { header: about, visits } satisfies Timings.Timings
})

/** A warm-up and as many as fit in about a sixth of a second. */
export const stepsOf = (batch: number) => 1 + Math.max(2, Math.min(8, Math.round(40 / batch)))
