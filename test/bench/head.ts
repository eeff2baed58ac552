/**
 * What it costs to adapt a fast head, `node test/bench/head.ts [--json]`: answering a labelled batch of 16 and learning it,
 * against the forward pass that its features come from, ResNet-8 on 16 images, one thread. All are timed in turns, and
 * the least time of each counts, as other work on the machine only ever adds; the committee's, being longest, suffers most.
 * `large` is one head with 1,000 classes and 1,024 features, milliseconds to learn a batch of 16, and to answer it.
 * `accuracy`, %, is on the built-in stream, seeds 101 to 103: of each batch before it is learnt, and of held-out images of
 * the scenario after it was; of the model as deployed, of the head on it, and of a round of training on each batch.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
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
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import type { Examples } from "@edgeol/core/Examples"
import type { LearnerError } from "@edgeol/core/Learner"
import * as Rng from "@edgeol/core/Rng"
import * as Experiment from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import * as Patterns from "@edgeol/streams/Patterns"
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
  const works = names.flatMap((name) => {
    const head = heads[name]!(width)
    head.learn(
      rows(many),
      Int32Array.from({ length: many }, (_, i) => i)
    )
    const [own, truth] = [rows(batch), labels(batch)]
    const learn = () => head.learn(own, truth)
    const answer = () => void head.scores(own)
    return [[name, learn] as const, [`${name}Answers`, answer] as const]
  })
  return inTurns(Object.fromEntries(works), 40)
}

/** Shares of right answers: of the batch before, of the scenario's held-out images after. */
type Shares = readonly [fresh: number, heldOut: number]

const share = (learner: TfjsLearner.TfjsLearner, { labels, ...rest }: Examples) =>
  Effect.map(
    learner.predict({ labels, ...rest }),
    ({ value }) => value.labels.filter((label, i) => label === labels[i]).length / labels.length
  )

/** Answers and learns all batches in turn. */
const through = (
  feed: Feed.Feed,
  learner: TfjsLearner.TfjsLearner,
  learn: (batch: Examples) => Effect.Effect<unknown, LearnerError>
) =>
  Effect.gen(function* () {
    const { batches, experiment, heldOut } = feed
    let [fresh, held] = [0, 0]
    for (const [b, { train }] of batches.entries()) {
      fresh += yield* share(learner, train)
      yield* learn(train)
      held += yield* share(learner, heldOut[1 + Math.floor(b / experiment.batches.perScenario)]!)
    }
    return [(100 * fresh) / batches.length, (100 * held) / batches.length] satisfies Shares
  })

const fineTune = (learner: TfjsLearner.TfjsLearner) => (batch: Examples) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { value: round } = yield* learner.begin(batch)
      for (let i = 0; i < round.steps; i++) yield* round.step
      yield* round.finish
    })
  )

const accuracyOf = (seed: number) =>
  Effect.gen(function* () {
    const { experiment } = yield* Experiment.load("patterns/nic")
    const feed = yield* Effect.fromResult(Feed.make(Patterns.nic(seed), experiment, seed))
    const { stream, initial } = feed
    const widths = experiment.model.kind === "convnet" ? experiment.model.widths : []
    const model = { kind: "ConvNet", shape: stream.shape, classes: stream.classes.length, widths } as const
    const folder = mkdtempSync(join(tmpdir(), "edgeol-bench-"))
    const { training } = experiment
    const options = { model, training, seed, folder, rounds: "warm", threads } as const
    const { learningRate, epochs } = experiment.initial
    const deployed = yield* TfjsLearner.make({ ...options, training: { ...training, learningRate } })
    yield* deployed.pretrain(initial.train, epochs)
    const { value: name } = yield* deployed.save
    const unadapted = yield* through(feed, deployed, () => Effect.void)
    const fastHead = yield* through(feed, deployed, (batch) => deployed.adapt(batch))
    const tuned = yield* TfjsLearner.make(options)
    yield* tuned.restore(name)
    const immediate = yield* through(feed, tuned, fineTune(tuned))
    rmSync(folder, { recursive: true })
    return { unadapted, fastHead, immediate }
  }).pipe(Effect.scoped)

const accuracy = async () => {
  const seeds = await Promise.all([101, 102, 103].map((seed) => Effect.runPromise(accuracyOf(seed))))
  const mean = (of: "unadapted" | "fastHead" | "immediate") => {
    const at = (i: 0 | 1) => Number((seeds.reduce((sum, shares) => sum + shares[of][i], 0) / seeds.length).toFixed(1))
    return { fresh: at(0), heldOut: at(1) }
  }
  return { unadapted: mean("unadapted"), fastHead: mean("fastHead"), immediate: mean("immediate") }
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
  /** Learning reached at 50. */
  large: Object.fromEntries(Object.entries(large()).map(([name, value]) => [name, round(value)])),
  committees: { heads: Committee.make(1).names.length, bytes },
  accuracy: await accuracy(),
  threads
}

console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
