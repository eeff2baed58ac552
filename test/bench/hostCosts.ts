/**
 * Measures what the learner's operations take on this machine and writes the cost model that `--clock modelled` uses:
 * `node test/bench/hostCosts.ts MODEL > packages/sim/hosts/MODEL.json`, MODEL being convnet, resnet8, mobilenet or vit. With `--head` only
 * the fast head is measured, in the same turns as a judging pass, and the rest is as recorded. With `--least` the least
 * time of more repetitions is taken instead of the median, for a machine that others use.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import type { Examples } from "@edgeol/core/Examples"
import type { Activity, Metered } from "@edgeol/core/Ledger"
import * as Rng from "@edgeol/core/Rng"
import * as CostModel from "@edgeol/sim/CostModel"
import { Effect } from "effect"

const threads = 2
const batchSize = 16
const repetitions = process.argv.includes("--least") ? 45 : 15

const models = {
  convnet: { kind: "ConvNet", shape: [32, 32, 3], classes: 18, widths: [16, 32, 32] },
  resnet8: { kind: "ResNet8", classes: 16 },
  mobilenet: { kind: "MobileNetV1", classes: 16, enlarge: 3 },
  vit: { kind: "VisionTransformer", shape: [32, 32, 3], classes: 16, patch: 4, width: 64, depth: 4, heads: 4 }
} as const
const isKnown = (name: string): name is keyof typeof models => Object.hasOwn(models, name)

const samples = (count: number): Examples => {
  const rng = Rng.named(1, "costs")
  const inputs = Uint8Array.from({ length: count * 3072 }, () => rng.below(256))
  return { count, shape: [32, 32, 3], inputs, labels: Int32Array.from({ length: count }, (_, i) => i % 10) }
}

const spent = (of: Metered<unknown>, activity: Activity) =>
  of.costs.reduce((sum, cost) => sum + (cost.activity === activity ? cost.seconds : 0), 0)

/** On a machine that others use too, the least is nearer to what an operation takes than the median. */
const isLeast = process.argv.includes("--least")
const typical = (values: ReadonlyArray<number>) => (isLeast ? Math.min(...values) : median(values))

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const times = Effect.fnUntraced(function* <E, R>(
  activity: Activity,
  operation: () => Effect.Effect<Metered<unknown>, E, R>
) {
  yield* operation()
  const taken: Array<number> = []
  for (let i = 0; i < repetitions; i++) taken.push(spent(yield* operation(), activity))
  return typical(taken)
})

/** The line through two sizes. */
const affine = Effect.fnUntraced(function* <E, R>(
  activity: Activity,
  operation: (samples: Examples) => Effect.Effect<Metered<unknown>, E, R>,
  [small, large]: readonly [number, number]
) {
  const [few, many] = [samples(small), samples(large)]
  const low = yield* times(activity, () => operation(few))
  const high = yield* times(activity, () => operation(many))
  const perSample = Math.max(0, (high - low) / (large - small))
  return { fixed: Math.max(0, low - perSample * small), perSample }
})

const measure = Effect.fnUntraced(function* (name: keyof typeof models, folder: string) {
  const options = (rounds: "warm" | "cold", size: number, sub: string) => ({
    model: models[name],
    training: { learningRate: 0.01, momentum: 0.9, weightDecay: 0, batchSize: size, epochs: 1 },
    seed: 1,
    folder: join(folder, sub),
    threads,
    rounds
  })
  const learner = yield* TfjsLearner.make(options("warm", batchSize, "warm"))
  const units = learner.units.length
  const step = Effect.fnUntraced(function* (activity: Activity, depth: number) {
    yield* learner.freeze(learner.units.map((_, unit) => unit < depth))
    return yield* Effect.scoped(
      Effect.gen(function* () {
        const round = (yield* learner.begin(samples(batchSize * 4))).value
        return yield* times(activity, () => round.step)
      })
    )
  })
  const forward = yield* step("forward", 0)
  const backward: Array<number> = []
  for (let depth = 0; depth < units; depth++) backward.push(yield* step("backward", depth))
  const optimiser = yield* step("optimiser", 0)
  const cold = yield* TfjsLearner.make(options("cold", batchSize, "cold"))
  const rounds: Array<{ begin: Metered<unknown>; end: Metered<unknown> }> = []
  for (let i = 0; i < 5; i++) {
    rounds.push(
      yield* Effect.scoped(
        Effect.gen(function* () {
          const begin = yield* cold.begin(samples(batchSize))
          yield* begin.value.step
          return { begin, end: yield* begin.value.finish }
        })
      )
    )
  }
  const both = (activity: Activity) =>
    typical(rounds.map(({ begin, end }) => spent(begin, activity) + spent(end, activity)))
  const rounded = (value: number) => Number(value.toPrecision(3))
  const line = ({ fixed, perSample }: { fixed: number; perSample: number }) => ({
    fixed: rounded(fixed),
    perSample: rounded(perSample)
  })
  return {
    name: `${name}, batch ${batchSize}, ${threads} threads`,
    source: `node test/bench/hostCosts.ts ${name}${isLeast ? " --least, least" : ", medians"} of ${repetitions}, on ${cpus()[0]?.model.trim()}`,
    startUp: rounded(both("startUp")),
    load: rounded(both("load")),
    save: rounded(both("save")),
    optimiser: rounded(optimiser),
    forward: { fixed: 0, perSample: rounded(forward / batchSize) },
    backward: { fixed: 0, perSample: rounded(backward[0]! / batchSize) },
    backwardByDepth: backward.map((seconds) => rounded(seconds / backward[0]!)),
    inference: line(yield* affine("inference", learner.predict, [1, 65])),
    probe: line(yield* affine("probe", (probe) => learner.probe({ ...probe }), [16, 64])),
    validation: line(yield* affine("validation", learner.validate, [16, 64]))
  }
})

/** What adapting the fast head takes, relative to a judging pass on as many samples: least times of both, in turns. */
const headRatio = Effect.fnUntraced(function* (name: keyof typeof models, folder: string) {
  const training = { learningRate: 0.01, momentum: 0.9, weightDecay: 0, batchSize, epochs: 1 }
  const options = { model: models[name], training, seed: 1, threads, rounds: "warm" } as const
  const judge = yield* TfjsLearner.make({ ...options, folder: join(folder, "judge") })
  const learner = yield* TfjsLearner.make({ ...options, folder: join(folder, "head") })
  yield* learner.pretrain(samples(8 * batchSize), 1)
  yield* learner.save
  const fresh = samples(batchSize)
  let [judging, adapting] = [Infinity, Infinity]
  for (let i = 0; i < 10 * repetitions; i++) {
    judging = Math.min(judging, spent(yield* judge.validate(fresh), "validation"))
    adapting = Math.min(adapting, spent(yield* learner.adapt(fresh), "head"))
  }
  return adapting / judging
})

const withHead = (model: CostModel.CostModel, ratio: number): CostModel.CostModel => {
  const times = (value: number) => Number((ratio * value).toPrecision(3))
  const { fixed, perSample } = model.validation
  return { ...model, head: { fixed: times(fixed), perSample: times(perSample) } }
}

const asked = process.argv[2] ?? "convnet"
const name = isKnown(asked) ? asked : "convnet"
const folder = mkdtempSync(join(tmpdir(), "edgeol-costs-"))
const known = process.argv.includes("--head") ? Effect.succeed(CostModel.load(name)) : measure(name, folder)
const model = await Effect.runPromise(Effect.scoped(Effect.zipWith(known, headRatio(name, folder), withHead)))
rmSync(folder, { recursive: true })
process.stdout.write(`${JSON.stringify(model, null, 2)}\n`)
