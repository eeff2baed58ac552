/** What recipes do to rounds of the real learner. */
import { readdirSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Hardest from "@edgeol/backends/tfjs/Hardest"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import type { Watched } from "@edgeol/core/Decision"
import * as Ledger from "@edgeol/core/Ledger"
import type { Recipe } from "@edgeol/core/Recipe"
import { Effect } from "effect"
import fc from "fast-check"
import * as Problem from "./Problem.ts"
import { folder, options } from "./Small.ts"

interface Asked {
  readonly seed: number
  readonly frozen?: ReadonlyArray<boolean>
  /** A mask from the third step on. */
  readonly later?: ReadonlyArray<boolean>
  readonly watch?: Watched
}

/** A whole round on 40 samples. */
const round = Effect.fnUntraced(function* (learner: TfjsLearner.TfjsLearner, { seed, frozen, later, watch }: Asked) {
  if (frozen !== undefined) yield* learner.freeze(frozen)
  yield* learner.watch(watch ?? "nothing")
  const { value: begun, costs } = yield* learner.begin(Problem.make(seed, 40))
  const stepped: Array<Ledger.Metered<{ readonly loss: number; readonly units?: ReadonlyArray<number> }>> = []
  for (let i = 0; i < begun.steps; i++) {
    stepped.push(yield* begun.step)
    if (later !== undefined && i === 2) yield* learner.freeze(later)
  }
  const finished = yield* begun.finish
  const all = [...costs, ...stepped.flatMap((step) => step.costs), ...finished.costs]
  const ledger = Ledger.add(Ledger.empty, all)
  return { checkpoint: finished.value, values: stepped.map(({ value }) => value), begun: costs, ledger }
}, Effect.scoped)

const full: Recipe = { epochs: 3, share: 0.5, replay: 4, store: "uniform", capacity: 24, cache: true, carry: false }
const open = [false, false, false]
const deep = [true, true, false]

/** Two rounds after a deployment; the digest of each. */
const run = Effect.fnUntraced(function* (rounds: "warm" | "cold", recipe: Recipe) {
  const learner = yield* TfjsLearner.make(options(rounds))
  yield* learner.pretrain(Problem.make(1, 32, 2), 1)
  yield* learner.recipe(recipe)
  const first = yield* round(learner, { seed: 2, frozen: [true, false, false], later: deep })
  const second = yield* round(learner, { seed: 3 })
  return { first, second, digest: yield* learner.digest, stored: yield* learner.stored }
}, Effect.scoped)

describe("a round by a recipe", () => {
  it.effect("takes the steps of its epochs and share, and is billed for judging all samples", () =>
    Effect.gen(function* () {
      const steps = Effect.fnUntraced(function* (recipe: Recipe) {
        const { first } = yield* run("warm", recipe)
        const judged = first.begun.filter(({ activity }) => activity === "validation")
        return { steps: first.values.length, judged: judged.length }
      })
      expect(yield* steps({})).toEqual({ steps: 2 * 3, judged: 0 })
      expect(yield* steps({ epochs: 5 })).toEqual({ steps: 5 * 3, judged: 0 })
      expect(yield* steps({ share: 0.3 })).toEqual({ steps: 2 * 1, judged: 1 })
      expect(yield* steps({ share: 1 })).toEqual({ steps: 2 * 3, judged: 0 })
    })
  )

  it.effect(
    "gives bit-equal weights cold and warm, whatever the recipe says",
    () =>
      Effect.gen(function* () {
        for (const recipe of [full, { replay: 6, epochs: 1 }, { cache: true }] as const) {
          const [warm, cold] = [yield* run("warm", recipe), yield* run("cold", recipe)]
          expect(cold.digest).toBe(warm.digest)
          expect(cold.second.values).toEqual(warm.second.values)
          expect(cold.stored).toBe(warm.stored)
        }
      }),
    120_000
  )

  it.effect("goes on after a stop as if there had been none, its store included", () =>
    Effect.gen(function* () {
      const at = folder()
      const learner = yield* TfjsLearner.make(options("warm", at))
      yield* learner.pretrain(Problem.make(1, 32, 2), 1)
      yield* learner.recipe(full)
      const { checkpoint } = yield* round(learner, { seed: 2, frozen: deep })
      yield* round(learner, { seed: 3 })
      const resumed = yield* TfjsLearner.make(options("warm", at, 1000))
      yield* resumed.restore(checkpoint)
      yield* resumed.recipe(full)
      yield* round(resumed, { seed: 3 })
      expect(yield* resumed.digest).toBe(yield* learner.digest)
      expect(yield* resumed.stored).toBe(yield* learner.stored)
    }).pipe(Effect.scoped)
  )
})

describe("kept activations", () => {
  it.effect("teach what computing them again does, and the prefix is computed once", () =>
    Effect.gen(function* () {
      const trained = Effect.fnUntraced(function* (cache: boolean, asked: Partial<Asked>) {
        const learner = yield* TfjsLearner.make(options())
        yield* learner.recipe({ cache, epochs: 4 })
        const { values } = yield* round(learner, { seed: 2, frozen: deep, watch: "gradients", ...asked })
        return { values, weights: yield* learner.weights }
      }, Effect.scoped)
      for (const later of [undefined, open, [true, false, false]] as const) {
        const asked = later === undefined ? {} : { later }
        const [kept, again] = [yield* trained(true, asked), yield* trained(false, asked)]
        kept.values.forEach(({ loss, units }, i) => {
          expect(loss).toBeCloseTo(again.values[i]!.loss, 4)
          expect(units!.map(Number.isNaN)).toEqual(again.values[i]!.units!.map(Number.isNaN))
        })
        for (const [name, { values }] of kept.weights) {
          values.forEach((value, i) => expect(value).toBeCloseTo(again.weights.get(name)!.values[i]!, 3))
        }
      }
    })
  )
})

describe("replay", () => {
  it.effect("keeps the classes that rounds on others would undo", () =>
    Effect.gen(function* () {
      const seen = Effect.fnUntraced(function* (recipe: Recipe) {
        const learner = yield* TfjsLearner.make(options())
        yield* learner.pretrain(Problem.make(1, 64, 3), 12)
        yield* learner.recipe({ epochs: 6, ...recipe })
        const later = Problem.make(2, 40, 3, 3)
        for (let i = 0; i < 3; i++) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const { value: begun } = yield* learner.begin(later)
              for (let step = 0; step < begun.steps; step++) yield* begun.step
              yield* begun.finish
            })
          )
        }
        const { value } = yield* learner.validate(Problem.make(9, 60, 3))
        return { accuracy: value.accuracy, stored: yield* learner.stored }
      }, Effect.scoped)
      const [plain, replayed] = [yield* seen({}), yield* seen({ replay: 16 })]
      expect(plain.accuracy).toBeLessThan(0.3)
      expect(replayed.accuracy).toBeGreaterThan(0.6)
      expect(plain.stored).toBe(0)
      expect(replayed.stored).toBeGreaterThan(64 * 16 * 16 * 3)
    })
  )

  it.effect("keeps its file beside each checkpoint and removes old ones", () =>
    Effect.gen(function* () {
      const at = folder()
      const learner = yield* TfjsLearner.make(options("warm", at))
      yield* learner.recipe({ replay: 2 })
      for (let i = 0; i < 6; i++) yield* round(learner, { seed: i })
      const names = readdirSync(at).filter((name) => name.endsWith(".replay.safetensors"))
      expect(names.toSorted()).toEqual([3, 4, 5, 6].map((i) => `checkpoint-00000${i}.replay.safetensors`))
    }).pipe(Effect.scoped)
  )
})

it.effect("a damaged store is a typed error, and restoring from it changes nothing", () =>
  Effect.gen(function* () {
    const at = folder()
    const learner = yield* TfjsLearner.make(options("warm", at))
    yield* learner.recipe({ replay: 2 })
    const { checkpoint } = yield* round(learner, { seed: 2 })
    yield* round(learner, { seed: 3 })
    const before = yield* learner.digest
    truncateSync(join(at, checkpoint.replace(".safetensors", ".replay.safetensors")), 100)
    const error = yield* Effect.flip(learner.restore(checkpoint))
    expect(error.reason).toBe("Checkpoint")
    expect(error.message).toContain("restore an older checkpoint")
    expect(yield* learner.digest).toBe(before)
  }).pipe(Effect.scoped)
)

describe("momentum", () => {
  it.effect("that is not carried starts at zero", () =>
    Effect.gen(function* () {
      const second = Effect.fnUntraced(function* (recipe: Recipe) {
        const learner = yield* TfjsLearner.make(options())
        yield* round(learner, { seed: 2 })
        yield* learner.recipe(recipe)
        return (yield* round(learner, { seed: 3 })).values.map(({ loss }) => loss)
      }, Effect.scoped)
      const [carried, fresh] = [yield* second({}), yield* second({ carry: false })]
      expect(fresh[0]).toBe(carried[0])
      expect(fresh[1]).not.toBe(carried[1])
      expect(yield* second({ carry: true })).toEqual(carried)
    })
  )
})

it("the hardest are those with the largest losses, in the order in which they came", () => {
  const anyLosses = fc.array(fc.oneof(fc.nat({ max: 5 }), fc.constant(NaN)), { maxLength: 12 })
  fc.assert(
    fc.property(anyLosses, fc.nat({ max: 12 }), (losses, count) => {
      const hardest = Hardest.positions(Float32Array.from(losses), count)
      expect(hardest).toHaveLength(Math.min(count, losses.length))
      expect(hardest).toEqual(hardest.toSorted((a, b) => a - b))
      const size = (i: number) => (Number.isNaN(losses[i]!) ? Infinity : losses[i]!)
      const least = Math.min(...hardest.map(size))
      losses.forEach((_, i) => expect(hardest.includes(i) || size(i) <= least).toBe(true))
    })
  )
})
