/**
 * How long simulated days take on all cores: EdgeOL on the built-in stream's surrogate, 300 labelled batches and about
 * 2,000 requests a day, workers' start included. `--scenarios 10000` asks for as many devices' days. Resident memory is
 * that of the whole process, all workers with it.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import type { Bundle, Simulated } from "./days/worker.ts"

export interface Result {
  readonly scenarios: number
  readonly workers: number
  readonly seconds: number
  readonly rssBytes: number
  /** Arrivals and optimiser steps simulated, per second of all workers. */
  readonly eventsPerSecond: number
  readonly requests: number
  readonly rounds: number
}

const inBundle = 25

export const measure = async (scenarios: number, workers = availableParallelism()): Promise<Result> => {
  const began = performance.now()
  const sums = { requests: 0, rounds: 0, iterations: 0 }
  let next = 1
  let rssBytes = 0
  const take = (): Bundle | undefined => {
    if (next > scenarios) return undefined
    const bundle = { from: next, days: Math.min(inBundle, scenarios + 1 - next) }
    next += bundle.days
    return bundle
  }
  const count = ({ requests, rounds, iterations }: Simulated) => {
    sums.requests += requests
    sums.rounds += rounds
    sums.iterations += iterations
    rssBytes = Math.max(rssBytes, process.memoryUsage.rss())
  }
  await Promise.all(Array.from({ length: workers }, () => work(take, count)))
  const seconds = (performance.now() - began) / 1000
  check(sums, scenarios)
  const events = sums.requests + 300 * scenarios + sums.iterations
  const { requests, rounds } = sums
  return { scenarios, workers, seconds, rssBytes, eventsPerSecond: Math.round(events / seconds), requests, rounds }
}

const work = (take: () => Bundle | undefined, count: (done: Simulated) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./days/worker.ts", import.meta.url))
    const feed = () => {
      const bundle = take()
      if (bundle !== undefined) worker.postMessage(bundle, [])
      else void worker.terminate().then(() => resolve())
    }
    worker.on("message", (done: Simulated) => {
      count(done)
      feed()
    })
    worker.on("error", reject)
    feed()
  })

/** A day has its requests, and every batch of it is learnt in some round. */
const check = ({ requests, rounds, iterations }: Simulated, scenarios: number): void => {
  const [perDay, steps] = [requests / scenarios, iterations / scenarios]
  if (Math.abs(perDay - 2000) > 100) throw new Error(`A day has ${perDay} requests instead of about 2,000.`)
  if (rounds < scenarios) throw new Error(`EdgeOL made ${rounds} rounds in ${scenarios} days.`)
  if (steps < 1200) throw new Error(`A day has ${steps} steps, too few for 300 batches.`)
}

if (import.meta.main) {
  const asked = process.argv.indexOf("--scenarios")
  const result = await measure(asked < 0 ? 1000 : Number(process.argv[asked + 1]))
  console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
}
