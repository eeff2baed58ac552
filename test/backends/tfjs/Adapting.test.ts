import { mkdtempSync, readdirSync, truncateSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Ledger from "@edgeol/core/Ledger"
import { Effect, Exit } from "effect"
import * as Problem from "./Problem.ts"

const folder = () => mkdtempSync(join(tmpdir(), "edgeol-adapting-"))

const options = (at: string): TfjsLearner.Options => ({
  model: { kind: "ConvNet", shape: Problem.shape, classes: 6, widths: [8, 12] },
  training: { learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4, batchSize: 16, epochs: 2 },
  seed: 3,
  folder: at,
  threads: 1,
  rounds: "warm"
})

const round = Effect.fnUntraced(function* (learner: TfjsLearner.TfjsLearner, seed: number) {
  const { value: begun } = yield* learner.begin(Problem.make(seed, 40))
  for (let i = 0; i < begun.steps; i++) yield* begun.step
  return yield* begun.finish
}, Effect.scoped)

const test = Problem.make(99, 80)

describe("the fast head of a learner", () => {
  it.effect("answers from the first batch on, rightly and at its own price", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make(options(folder()))
      const own = yield* learner.predict(test)
      const first = yield* learner.adapt(Problem.make(1, 16))
      expect(first.value).toBeNaN()
      const second = yield* learner.adapt(Problem.make(2, 16))
      expect(second.value).toBeGreaterThan(0.3)
      expect(second.costs.map(({ activity }) => activity)).toEqual(["head"])
      expect(Ledger.total(Ledger.add(Ledger.empty, second.costs))).toBeGreaterThan(0)
      for (let i = 3; i < 12; i++) yield* learner.adapt(Problem.make(i, 16))
      const { value } = yield* learner.predict(test)
      expect(value.labels).not.toEqual(own.value.labels)
      const judged = yield* learner.validate(test)
      expect(value.labels.filter((label, i) => label === test.labels[i]).length / 80).toBe(judged.value.accuracy)
      expect(judged.value.accuracy).toBeGreaterThan(0.9)
    }).pipe(Effect.scoped)
  )

  it.effect("is deployed with the model, and begins with what that learnt", () =>
    Effect.gen(function* () {
      const at = folder()
      const learner = yield* TfjsLearner.make(options(at))
      yield* learner.pretrain(Problem.make(7, 80), 3)
      yield* learner.save
      const { value } = yield* learner.adapt(Problem.make(1, 16))
      expect(value).toBeGreaterThan(0.8)
    }).pipe(Effect.scoped)
  )

  it.effect("goes on from a checkpoint as if it had not stopped, and is not there in one before it", () =>
    Effect.gen(function* () {
      const at = folder()
      const learner = yield* TfjsLearner.make(options(at))
      yield* learner.pretrain(Problem.make(7, 80), 3)
      const bare = (yield* learner.save).value
      const unadapted = yield* learner.predict(test)
      for (let i = 1; i < 4; i++) yield* learner.adapt(Problem.make(i, 16))
      const { value: adapted } = yield* learner.save
      const goOn = Effect.fnUntraced(function* (of: TfjsLearner.TfjsLearner) {
        for (let i = 4; i < 7; i++) yield* of.adapt(Problem.make(i, 16))
        yield* round(of, 8)
        yield* of.adapt(Problem.make(9, 16))
        return [yield* of.digest, (yield* of.predict(test)).value] as const
      })
      const straight = yield* goOn(learner)
      const other = yield* TfjsLearner.make(options(at))
      yield* other.restore(adapted)
      expect(yield* goOn(other)).toEqual(straight)
      yield* other.restore(bare)
      expect((yield* other.predict(test)).value).toEqual(unadapted.value)
    }).pipe(Effect.scoped)
  )

  it.effect("learns again by the features that a round changed", () =>
    Effect.gen(function* () {
      const learner = yield* TfjsLearner.make(options(folder()))
      yield* learner.pretrain(Problem.make(7, 80), 1)
      yield* learner.save
      for (let i = 1; i < 6; i++) yield* learner.adapt(Problem.make(i, 16))
      for (let i = 0; i < 3; i++) yield* round(learner, i)
      expect((yield* learner.validate(test)).value.accuracy).toBeGreaterThan(0.9)
    }).pipe(Effect.scoped)
  )

  it.effect("is refused when damaged, in one sentence", () =>
    Effect.gen(function* () {
      const at = folder()
      const learner = yield* TfjsLearner.make(options(at))
      yield* learner.adapt(Problem.make(1, 16))
      const { value: name } = yield* learner.save
      for (const part of ["head", "samples"]) {
        truncateSync(
          join(
            at,
            readdirSync(at).find((file) => file.endsWith(`${part}.safetensors`))!
          ),
          300
        )
        const exit = yield* Effect.exit(learner.restore(name))
        expect(Exit.isFailure(exit) && String(exit.cause)).toMatch(/damaged/)
      }
    }).pipe(Effect.scoped)
  )
})
