/**
 * Time of our training step against tfjs-node's `trainOnBatch` and, where `python3` can import torch, against PyTorch:
 * the 6-convolution net, batch 32, 32x32x3, two threads each, in turns, medians. Ratios: ours divided by theirs.
 */
import { spawn, spawnSync } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { setTimeout as sleep } from "node:timers/promises"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as SixConv from "@edgeol/backends/tfjs/SixConv"
import * as Step from "@edgeol/backends/tfjs/Step"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import { Effect } from "effect"
import * as Stock from "../backends/tfjs/Stock.ts"

export interface Result {
  /** Reached when at most 1 / 2.2. */
  readonly againstStock: number
  /** By the number of frozen convolutions; reached at 1.15 for none and 1.25 for the others. */
  readonly againstTorch: Readonly<Record<"0" | "2" | "4" | "6", number>> | null
  /** To 5 decimals over 5 steps. */
  readonly lossesEqual: boolean
}

const depths = ["0", "2", "4", "6"] as const
const threads = 2
const classes = 10
const rates: Step.Rates = { learningRate: 0.001, momentum: 0.9, weightDecay: 0 }

/** Steps in a row and turns; each turn begins with steps that do not count. */
const row = 6
const ahead = 2
const turns = 9
/** Milliseconds for the others' threads to stop spinning. */
const pause = 60

type Timed = () => Promise<ReadonlyArray<number>> | ReadonlyArray<number>

export const measure = async (): Promise<Result> => {
  const { tf } = await Effect.runPromise(Tensorflow.load({ threads }))
  const net = Net.make(tf, SixConv.make({ kind: "SixConv", classes }))
  const images = tf.randomUniform([32, 32, 32, 3], 0, 1, "float32", 1)
  const labels = tf.tensor1d(Int32Array.from({ length: 32 }, (_, i) => i % classes))
  const targets = tf.oneHot(labels, classes)
  const arrays = Model.initial(net.model, 1)
  const mask = tf.zeros([classes])

  const ours = (frozen: number) => {
    const weights = Weights.fromArrays(tf, arrays)
    const units = Model.fold(tf, net.ops, net.model, weights, (unit) => unit < frozen)
    const state: Step.State = { model: net.model, weights, slots: new Map(), frozen: units, mask }
    return () => Step.run(tf, net.ops, state, rates, images, labels).loss
  }
  const stock = () => {
    const model = Stock.make(tf, arrays, classes, rates.learningRate)
    return async () => Number(await model.trainOnBatch(images, targets))
  }

  const lossesEqual = await equalLosses(ours(0), stock())
  const torch = startTorch()
  const runs = new Map<string, Timed>([["stock", timedAsync(stock())]])
  for (const depth of depths) {
    runs.set(`ours ${depth}`, timed(ours(Number(depth))))
    if (torch !== null) runs.set(`torch ${depth}`, () => torch.run(Number(depth)))
  }
  const seconds = await inTurns(runs)
  torch?.stop()
  const ratio = (a: string, b: string) => Number((median(seconds.get(a)!) / median(seconds.get(b)!)).toFixed(3))
  const byDepth = (depth: string) => [depth, ratio(`ours ${depth}`, `torch ${depth}`)] as const
  const againstTorch = torch === null ? null : (Object.fromEntries(depths.map(byDepth)) as Result["againstTorch"])
  if (process.argv.includes("--verbose")) report(seconds)
  return { againstStock: ratio("ours 0", "stock"), againstTorch, lossesEqual }
}

const equalLosses = async (ours: () => number, stock: () => Promise<number>): Promise<boolean> => {
  let equal = true
  for (let i = 0; i < 5; i++) {
    const [a, b] = [ours(), await stock()]
    equal &&= Math.abs(a - b) < 0.5e-5
  }
  return equal
}

const timed =
  (step: () => unknown): Timed =>
  () =>
    Array.from({ length: row }, () => {
      const start = performance.now()
      step()
      return (performance.now() - start) / 1000
    })

const timedAsync =
  (step: () => Promise<unknown>): Timed =>
  async () => {
    const seconds: Array<number> = []
    for (let i = 0; i < row; i++) {
      const start = performance.now()
      await step()
      seconds.push((performance.now() - start) / 1000)
    }
    return seconds
  }

const inTurns = async (runs: ReadonlyMap<string, Timed>): Promise<ReadonlyMap<string, ReadonlyArray<number>>> => {
  const all = new Map<string, Array<number>>([...runs.keys()].map((name) => [name, []]))
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, run] of runs) {
      await sleep(pause)
      const seconds = await run()
      if (turn > 0) all.get(name)!.push(...seconds.slice(ahead))
    }
  }
  return all
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const report = (all: ReadonlyMap<string, ReadonlyArray<number>>): void => {
  for (const [name, seconds] of all) {
    const [middle, least] = [median(seconds), Math.min(...seconds)].map((value) => (value * 1000).toFixed(1))
    console.error(`${name}: median ${middle} ms, least ${least} ms`)
  }
}

/** PyTorch in a process of its own, or `null` when `python3` has none. */
const startTorch = () => {
  if (spawnSync("python3", ["-c", "import torch"]).status !== 0) return null
  const script = fileURLToPath(new URL("./step.py", import.meta.url))
  const child = spawn("python3", [script, `${threads}`], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    run: async (frozen: number): Promise<ReadonlyArray<number>> => {
      child.stdin.write(`${frozen} ${row}\n`)
      return JSON.parse((await lines.next()).value as string) as ReadonlyArray<number>
    },
    stop: () => child.stdin.end()
  }
}

if (import.meta.main) {
  const result = await measure()
  console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
}
