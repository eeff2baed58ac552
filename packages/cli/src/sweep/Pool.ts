/** Trials on all cores: worker threads that load the sources as they are and ask for more when they are done. */
import { Worker } from "node:worker_threads"
import type { Kept, Row } from "./Store.ts"
import type { Trial } from "./Trials.ts"

/** What a body module exports as `body`: it opens what all trials share, once in each worker, then runs trials. */
export type Body<Shared = any> = (shared: Shared) => Run | Promise<Run>

type Run = (trial: Trial) => Row

export interface Options {
  readonly workers: number
  /** The module with the body, and what it is given; a copy of it crosses to each worker. */
  readonly module: URL
  readonly shared: unknown
}

/** One trial to do, with a name for it. */
export interface Task {
  readonly key: string
  readonly trial: Trial
}

/** A bundle's rows, and the milliseconds that it took; or the trial that failed, and why. */
export type Reply =
  | { readonly rows: ReadonlyArray<Kept>; readonly millis: number }
  | { readonly failed: Trial; readonly why: string }

/** A trial's body threw: a bug in it or in a policy. */
export class TrialFailed extends Error {
  readonly trial: Trial

  constructor({ failed, why }: Extract<Reply, { failed: unknown }>) {
    super(why)
    this.trial = failed
  }
}

/** Is handed the rows of a bundle, in any order of bundles. */
export type Take = (rows: ReadonlyArray<Kept>, millis: number) => void

/** Runs until there are no bundles left, or until `take` throws; its error is thrown when all workers have stopped. */
export const run = async (
  bundles: AsyncIterator<ReadonlyArray<Task>>,
  options: Options,
  take: Take,
  signal: AbortSignal
): Promise<void> => {
  const workers = Array.from({ length: options.workers }, () => start(options))
  try {
    await Promise.all(workers.map((worker) => feed(worker, bundles, take, signal)))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

const start = ({ module, shared }: Options): Worker =>
  new Worker(new URL("./worker.ts", import.meta.url), { workerData: { module: module.href, shared } })

const feed = (
  worker: Worker,
  bundles: AsyncIterator<ReadonlyArray<Task>>,
  take: Take,
  signal: AbortSignal
): Promise<void> =>
  new Promise((resolve, reject) => {
    const next = async () => {
      signal.throwIfAborted()
      const bundle = await bundles.next()
      if (bundle.done === true) resolve()
      else worker.postMessage(bundle.value, [])
    }
    const answer = async (reply: Reply) => {
      if ("failed" in reply) throw new TrialFailed(reply)
      take(reply.rows, reply.millis)
      await next()
    }
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true })
    worker.on("message", (reply: Reply) => void answer(reply).catch(reject))
    worker.on("error", reject)
    next().catch(reject)
  })
