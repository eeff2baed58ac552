/**
 * What it costs to adapt a fast head, `node test/bench/head.ts [--json]`: answering a labelled batch of 16 and learning it,
 * against the forward pass that its features come from, ResNet-8 on 16 images, one thread. All are timed in turns, and
 * the least time of each counts, as other work on the machine only ever adds. `large` is one head with 1,000 classes and
 * 1,024 features, milliseconds a batch of 16.
 */
import * as Committee from "@edgeol/backends/head/Committee"
import * as FastHead from "@edgeol/backends/head/FastHead"
import * as Features from "@edgeol/backends/head/Features"
import type * as Head from "@edgeol/backends/head/Head"
import * as HeadFile from "@edgeol/backends/head/HeadFile"
import * as RecursiveLeastSquares from "@edgeol/backends/head/RecursiveLeastSquares"
import * as Rows from "@edgeol/backends/head/Rows"
import * as SoftmaxSgd from "@edgeol/backends/head/SoftmaxSgd"
import * as StreamingLda from "@edgeol/backends/head/StreamingLda"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as ResNet8 from "@edgeol/backends/tfjs/ResNet8"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import { Effect } from "effect"

const batch = 16
const classes = 16
const turns = 60

/** One thread, as `EDGEOL_BENCH_THREADS` is unset. */
const threads = Number(process.env["EDGEOL_BENCH_THREADS"] ?? 1)

const heads: Readonly<Record<string, Head.Make>> = {
  lda: StreamingLda.make(),
  leastSquares: RecursiveLeastSquares.make({ memory: 1600 }),
  softmax: SoftmaxSgd.make()
}

const images = (rng: Rng.Rng, count: number): Examples => ({
  count,
  shape: [32, 32, 3],
  inputs: Uint8Array.from({ length: count * 32 * 32 * 3 }, () => rng.below(256)),
  labels: Int32Array.from({ length: count }, (_, i) => i % classes)
})

const milliseconds = (work: () => void): number => {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** Each work once in every turn, the least time of each. */
const inTurns = (works: Readonly<Record<string, () => void>>, count = turns) => {
  const times = Object.entries(works).map(([name, work]) => ({ name, work, all: [] as Array<number> }))
  for (let turn = 0; turn < count; turn++) for (const { work, all } of times) all.push(milliseconds(work))
  return Object.fromEntries(times.map(({ name, all }) => [name, Math.min(...all)]))
}

/** Answers, as a committee asks of it, and learns. */
const adapt = (head: Head.Head, rows: Rows.Rows, labels: Int32Array) => () => {
  head.scores(rows)
  head.learn(rows, labels)
}

const small = (body: FastHead.Body) => {
  const rng = Rng.named(1, "bench/head")
  const fast = FastHead.start(body, images(rng, 256))
  const examples = images(rng, batch)
  const rows = Features.standardise(fast.standard, Features.pass(body.net, body.units, examples))
  const started = Object.entries(heads).map(([name, make]) => [name, make(rows.width)] as const)
  const times = inTurns({
    forward: () => Features.pass(body.net, body.units, examples),
    ...Object.fromEntries(started.map(([name, head]) => [name, adapt(head, rows, examples.labels)])),
    committee: () => fast.committee.learn(rows, examples.labels),
    learn: () => FastHead.learn(fast, body, examples),
    predict: () => FastHead.predict(fast, body, examples)
  })
  return { times, bytes: HeadFile.bytes(fast), features: rows.width }
}

const large = () => {
  const [width, many] = [1024, 1000]
  const rng = Rng.named(1, "bench/head/large")
  const rows = (count: number) =>
    Rows.of(
      Float64Array.from({ length: count * width }, () => rng.normal()),
      width
    )
  const labels = (count: number) => Int32Array.from({ length: count }, () => rng.below(many))
  const names = ["lda", "leastSquares", "softmax"]
  const works = names.map((name) => {
    const head = heads[name]!(width)
    head.learn(
      rows(many),
      Int32Array.from({ length: many }, (_, i) => i)
    )
    const [own, truth] = [rows(batch), labels(batch)]
    return [name, adapt(head, own, truth)] as const
  })
  return inTurns(Object.fromEntries(works), 40)
}

const { tf } = await Effect.runPromise(Tensorflow.load({ threads }))
const net = Net.make(tf, ResNet8.make({ kind: "ResNet8", classes }))
const weights = Weights.fromArrays(tf, Model.initial(net.model, 1))
const { times, bytes, features } = small({ net, units: Model.fold(tf, net.ops, net.model, weights) })
const round = (value: number) => Number(value.toFixed(3))
const total = (name: string) => round((times["forward"]! + times[name]!) / times["forward"]!)

const result = {
  features,
  /** Forward pass and one head's update, by the forward pass; reached at 1.3. */
  oneHead: { lda: total("lda"), leastSquares: total("leastSquares"), softmax: total("softmax") },
  /** The same with all heads of the default committee; reached at 2. */
  committee: total("committee"),
  milliseconds: Object.fromEntries(Object.entries(times).map(([name, value]) => [name, round(value)])),
  /** Reached at 50. */
  large: Object.fromEntries(Object.entries(large()).map(([name, value]) => [name, round(value)])),
  committees: { heads: Committee.make(1).names.length, bytes },
  threads
}

console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
