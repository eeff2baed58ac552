/** A worker of `Pool`: bundles of trials come in, their rows go out. */
import { parentPort, workerData } from "node:worker_threads"
import type { Body, Reply, Task } from "./Pool.ts"
import type { Trial } from "./Trials.ts"

const { module, shared } = workerData as { readonly module: string; readonly shared: unknown }
const { body } = (await import(module)) as { readonly body: Body }
const run = await body(shared)

const bundle = (tasks: ReadonlyArray<Task>): Reply => {
  const began = performance.now()
  let trial: Trial | undefined
  try {
    const rows = tasks.map((task) => {
      trial = task.trial
      return { key: task.key, row: run(trial) }
    })
    return { rows, millis: performance.now() - began }
  } catch (error) {
    return { failed: trial!, why: error instanceof Error ? error.message : String(error) }
  }
}

parentPort!.on("message", (tasks: ReadonlyArray<Task>) => parentPort!.postMessage(bundle(tasks), []))
