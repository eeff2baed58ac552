import { mkdtempSync, readFileSync, readdirSync, truncateSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import type { Watched } from "@edgeol/core/Decision"
import * as Ledger from "@edgeol/core/Ledger"
import { Effect, Exit } from "effect"
import * as Problem from "./Problem.ts"

const folder = () => mkdtempSync(join(tmpdir(), "edgeol-learner-"))

const options = (rounds: "warm" | "cold" = "warm", at = folder()): TfjsLearner.Options => ({
  model: { kind: "ConvNet", shape: Problem.shape, classes: 6, widths: [8, 12] },
  training: { learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4, batchSize: 16, epochs: 2 },
  seed: 3,
  folder: at,
  threads: 1,
  rounds
})

/** A whole round; freezes the first unit after the second step where asked. */
const round = Effect.fnUntraced(function* (learner: TfjsLearner.TfjsLearner, seed: number, freezing = false) {
  const { value: begun, costs } = yield* learner.begin(Problem.make(seed, 40))
  const all = [...costs]
  for (let i = 0; i < begun.steps; i++) {
    all.push(...(yield* begun.step).costs)
    if (freezing && i === 1) yield* learner.freeze([true, false, false])
  }
  const finished = yield* begun.finish
  return { checkpoint: finished.value, costs: [...all, ...finished.costs] }
}, Effect.scoped)

const test = Problem.make(99, 80)

describe("a learner", () => {
  it.effect("learns, and answers with energy and confidence", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make(options())
      const before = yield* learner.validate(test)
      for (let i = 0; i < 5; i++) yield* round(learner, i)
      const after = yield* learner.validate(test)
      expect(before.value.accuracy).toBeLessThan(0.5)
      expect(after.value.accuracy).toBeGreaterThan(0.9)
      const { value } = yield* learner.predict(test)
      expect(value.labels.filter((label, i) => label === test.labels[i]).length / 80).toBe(after.value.accuracy)
      expect([...value.confidence].every((p) => p > 0 && p <= 1)).toBe(true)
      expect([...value.energy].every(Number.isFinite)).toBe(true)
    }).pipe(Effect.scoped)
  )

  it.effect("serves the old model until a round finishes, and drops a round that does not", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make(options())
      const [weights, answers] = [yield* learner.digest, yield* learner.predict(test)]
      const judged = yield* learner.validate(test)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { value: begun } = yield* learner.begin(Problem.make(1, 40))
          for (let i = 0; i < 3; i++) yield* begun.step
          const inTraining = yield* learner.validate(test)
          const serving = yield* learner.predict(test)
          expect(serving.value).toEqual(answers.value)
          expect(inTraining.value).not.toEqual(judged.value)
        })
      )
      expect(yield* learner.digest).toBe(weights)
      expect((yield* learner.predict(test)).value).toEqual(answers.value)
    }).pipe(Effect.scoped)
  )

  it.effect("answers only with classes it has seen, and learns new ones", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make(options())
      yield* learner.pretrain(Problem.make(1, 60, 2), 3)
      const early = yield* learner.predict(Problem.make(5, 40, 4))
      expect(Math.max(...early.value.labels)).toBe(1)
      for (let i = 0; i < 3; i++) yield* round(learner, i)
      const late = yield* learner.predict(Problem.make(5, 40, 4))
      expect(Math.max(...late.value.labels)).toBe(3)
    }).pipe(Effect.scoped)
  )

  it.effect("probes 1 for the reference model itself, and less after learning", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make(options())
      yield* learner.pretrain(Problem.make(1, 60), 2)
      for (const similarity of (yield* learner.probe(test)).value) expect(similarity).toBeCloseTo(1, 5)
      for (let i = 0; i < 3; i++) yield* round(learner, i)
      const later = yield* learner.probe(test)
      expect(later.value.length).toBe(learner.units.length)
      for (const similarity of later.value) expect(similarity).toBeLessThan(0.9999)
    }).pipe(Effect.scoped)
  )
})

describe("the similarity-preserving loss", () => {
  it.effect("is what rounding to 8 bits makes of the reference model itself, and more after learning", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make(options())
      yield* learner.pretrain(Problem.make(1, 60), 2)
      const newest = Problem.make(7, 16)
      const { value: itself, costs } = yield* learner.compare(newest)
      expect(itself).toHaveLength(learner.units.length)
      for (const loss of itself) expect(loss).toBeLessThan(1e-4)
      expect(Math.max(...itself)).toBeGreaterThan(0)
      expect(Ledger.total(Ledger.add(Ledger.empty, costs))).toBe(Ledger.add(Ledger.empty, costs).probe)
      for (let i = 0; i < 3; i++) yield* round(learner, i)
      const { value: later } = yield* learner.compare(newest)
      later.forEach((loss, unit) => expect(loss).toBeGreaterThan(10 * itself[unit]!))
    }).pipe(Effect.scoped)
  )
})

/** One plain gradient step on 16 samples, watched; the weights before and after it. */
const oneStep = Effect.fnUntraced(function* (rounds: "warm" | "cold", what: Watched) {
  const training = { learningRate: 0.01, momentum: 0, weightDecay: 0, batchSize: 16, epochs: 1 }
  const learner = yield* TfjsLearner.make({ ...options(rounds), training })
  yield* learner.watch(what)
  yield* learner.freeze([true, false, false])
  const before = yield* learner.weights
  const { value: begun } = yield* learner.begin(Problem.make(1, 16))
  const stepped = yield* begun.step
  yield* begun.finish
  return { ...stepped, before, after: yield* learner.weights, units: learner.units }
}, Effect.scoped)

type OneStep = Effect.Success<ReturnType<typeof oneStep>>

/** Weights of a unit that moved, each as pairs of before and after. */
const moved = ({ before, after, units }: OneStep, unit: number) =>
  [...before].flatMap(([name, { shape, values }]) => {
    const end = after.get(name)!.values
    const own = name.startsWith(`${units[unit]}/`) && !/mean$|variance$/.test(name)
    return own ? [{ shape, pairs: [...values].map((value, i) => [value, end[i]!] as const) }] : []
  })

const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

describe("a watched step", () => {
  it.effect("tells the L1 norm of each unit's gradient: what a plain step moves the weights by, over its rate", () =>
    Effect.gen(function* () {
      const step = yield* oneStep("warm", "gradients")
      expect(step.value.units).toHaveLength(3)
      expect(step.value.units![0]).toBeNaN()
      for (const unit of [1, 2]) {
        const norm = sum(
          moved(step, unit).flatMap(({ pairs }) => pairs.map(([from, to]) => Math.abs(to - from) / 0.01))
        )
        expect(norm).toBeGreaterThan(0.1)
        expect(step.value.units![unit]! / norm).toBeCloseTo(1, 3)
      }
      expect(Ledger.add(Ledger.empty, step.costs).probe).toBeGreaterThan(0)
    })
  )

  it.effect("tells the mean relative change of each unit's kernels", () =>
    Effect.gen(function* () {
      const step = yield* oneStep("warm", "changes")
      expect(step.value.units![0]).toBeNaN()
      for (const unit of [1, 2]) {
        const kernels = moved(step, unit).filter(({ shape }) => shape.length > 1)
        const pairs = kernels.flatMap((kernel) => kernel.pairs)
        const mean = sum(pairs.map(([from, to]) => (from === 0 ? 0 : Math.abs((to - from) / from)))) / pairs.length
        expect(mean).toBeGreaterThan(0)
        expect(step.value.units![unit]! / mean).toBeCloseTo(1, 3)
      }
    })
  )

  it.effect(
    "is the same step cold and warm, and as one that nobody watches",
    () =>
      Effect.gen(function* () {
        for (const what of ["gradients", "changes"] as const) {
          const [warm, cold] = [yield* oneStep("warm", what), yield* oneStep("cold", what)]
          expect(cold.value).toEqual(warm.value)
          expect(cold.after).toEqual(warm.after)
          const alone = yield* oneStep("warm", "nothing")
          expect(alone.value).toEqual({ loss: warm.value.loss })
          expect(alone.after).toEqual(warm.after)
          expect(Ledger.add(Ledger.empty, alone.costs).probe).toBeUndefined()
        }
      }),
    60_000
  )
})

const whole = Effect.fnUntraced(function* (rounds: "warm" | "cold") {
  const learner = yield* TfjsLearner.make(options(rounds))
  yield* learner.pretrain(Problem.make(1, 32, 2), 1)
  const first = yield* round(learner, 2, true)
  const second = yield* round(learner, 3)
  const probed = yield* learner.probe(test)
  const ledger = Ledger.add(Ledger.add(Ledger.empty, first.costs), second.costs)
  return { digest: yield* learner.digest, probed: probed.value, ledger }
}, Effect.scoped)

describe("rounds", () => {
  it.effect(
    "give bit-equal weights warm and cold, and a cold one is billed for its process",
    () =>
      Effect.gen(function* () {
        const warm = yield* whole("warm")
        const cold = yield* whole("cold")
        expect(cold.digest).toBe(warm.digest)
        expect(cold.probed).toEqual(warm.probed)
        expect(warm.ledger.startUp).toBeUndefined()
        expect(cold.ledger.startUp).toBeGreaterThan(0.05)
        for (const activity of ["load", "forward", "backward", "optimiser", "save"] as const) {
          expect(warm.ledger[activity], activity).toBeGreaterThan(0)
          expect(cold.ledger[activity], activity).toBeGreaterThan(0)
        }
      }),
    60_000
  )

  it.effect(
    "answer probe, validation and requests between the steps of a cold round as of a warm one",
    () =>
      Effect.gen(function* () {
        const between = Effect.fnUntraced(function* (rounds: "warm" | "cold") {
          const learner = yield* TfjsLearner.make(options(rounds))
          const { value: begun } = yield* learner.begin(Problem.make(1, 40))
          const losses = [(yield* begun.step).value, (yield* begun.step).value]
          const [probed, judged] = [yield* learner.probe(test), yield* learner.validate(test)]
          const compared = (yield* learner.compare(test)).value
          return {
            losses,
            compared,
            probed: probed.value,
            judged: judged.value,
            answers: (yield* learner.predict(test)).value
          }
        }, Effect.scoped)
        expect(yield* between("cold")).toEqual(yield* between("warm"))
      }),
    60_000
  )

  it.effect("that lose their process fail with a sentence, and the old model still serves", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make(options("cold"))
      const before = yield* learner.digest
      const failed = yield* Effect.gen(function* () {
        const { value: begun } = yield* learner.begin(Problem.make(1, 40))
        yield* begun.step
        kill()
        return yield* Effect.flip(Effect.forever(begun.step))
      }).pipe(Effect.scoped)
      expect(failed.reason).toBe("Process")
      expect(failed.message).toContain("SIGKILL")
      expect(yield* learner.digest).toBe(before)
      expect((yield* learner.predict(test)).value.labels.length).toBe(80)
    }).pipe(Effect.scoped)
  )
})

/** Ends this process's only child, the round's. */
const kill = (): void => {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ")
  expect(children.length).toBe(1)
  process.kill(Number(children[0]), "SIGKILL")
}

describe("restore", () => {
  it.effect("goes on as if nothing had happened, to the bit, in a learner that knows nothing", () =>
    Effect.gen(function* () {
      const at = folder()
      const learner = yield* TfjsLearner.make(options("warm", at))
      yield* learner.pretrain(Problem.make(1, 32, 2), 1)
      const { checkpoint } = yield* round(learner, 2, true)
      const last = yield* round(learner, 3)
      const resumed = yield* TfjsLearner.make({ ...options("warm", at), seed: 1000 })
      yield* resumed.restore(checkpoint)
      expect(yield* resumed.digest).not.toBe(yield* learner.digest)
      const again = yield* round(resumed, 3)
      expect(again.checkpoint).toBe(last.checkpoint)
      expect(yield* resumed.digest).toBe(yield* learner.digest)
      expect((yield* resumed.probe(test)).value).toEqual((yield* learner.probe(test)).value)
    }).pipe(Effect.scoped)
  )

  it.effect("finds the last four checkpoints; older ones are gone", () =>
    Effect.gen(function* () {
      const at = folder()
      const learner = yield* TfjsLearner.make(options("warm", at))
      for (let i = 0; i < 6; i++) yield* round(learner, i)
      const names = readdirSync(at).filter((name) => name.startsWith("checkpoint"))
      expect(names.toSorted()).toEqual([3, 4, 5, 6].map((i) => `checkpoint-00000${i}.safetensors`))
    }).pipe(Effect.scoped)
  )

  it.effect("of a damaged checkpoint is a typed error and changes nothing", () =>
    Effect.gen(function* () {
      const at = folder()
      const learner = yield* TfjsLearner.make(options("warm", at))
      const { checkpoint } = yield* round(learner, 2)
      const before = yield* learner.digest
      truncateSync(join(at, checkpoint), 1000)
      const error = yield* Effect.flip(learner.restore(checkpoint))
      expect(error.reason).toBe("Checkpoint")
      expect(yield* learner.digest).toBe(before)
      expect(Exit.isSuccess(yield* Effect.exit(learner.predict(test)))).toBe(true)
    }).pipe(Effect.scoped)
  )
})
