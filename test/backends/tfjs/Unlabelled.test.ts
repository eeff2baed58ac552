/** Rounds on samples of which some have no label, and rounds of sparse nets, by the real learner. */
import { describe, expect, it } from "@effect/vitest"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Examples from "@edgeol/core/Examples"
import type { Recipe } from "@edgeol/core/Recipe"
import { Effect } from "effect"
import * as Problem from "./Problem.ts"
import { folder, options } from "./Small.ts"

/** 40 samples, each fourth with its label unless more are said to have one. */
const batch = (seed: number, has: (i: number) => boolean = (i) => i % 4 === 0): Examples.Examples => {
  const all = Problem.make(seed, 40)
  return { ...all, labels: all.labels.map((label, i) => (has(i) ? label : Examples.unknown)) }
}

const round = Effect.fnUntraced(function* (learner: TfjsLearner.TfjsLearner, samples: Examples.Examples) {
  const { value: begun } = yield* learner.begin(samples)
  const losses: Array<number> = []
  for (let i = 0; i < begun.steps; i++) losses.push((yield* begun.step).value.loss)
  return { losses, checkpoint: (yield* begun.finish).value }
}, Effect.scoped)

const deployed = Effect.fnUntraced(function* (recipe: Recipe, rounds: "warm" | "cold" = "warm", at = folder()) {
  const learner = yield* TfjsLearner.make(options(rounds, at))
  yield* learner.pretrain(Problem.make(1, 32), 2)
  yield* learner.recipe(recipe)
  return learner
})

const agreeing: Recipe = { selfSupervised: { weight: 0.5 } }
const sparse: Recipe = { sparse: { density: 0.3, every: 3, drop: 0.5 } }

const weightsAfter = Effect.fnUntraced(function* (
  recipe: Recipe,
  samples: Examples.Examples,
  frozen: ReadonlyArray<boolean> = [false, false, false]
) {
  const learner = yield* deployed(recipe)
  const before = yield* learner.weights
  yield* learner.freeze(frozen)
  const { losses } = yield* round(learner, samples)
  return { before, after: yield* learner.weights, losses }
}, Effect.scoped)

describe("a round without self-supervision", () => {
  it.effect("learns from labelled samples alone, as if there were no others", () =>
    Effect.gen(function* () {
      const { after, losses } = yield* weightsAfter({}, batch(2))
      const known = yield* weightsAfter({}, Examples.labelled(batch(2)))
      expect(losses).toHaveLength(2)
      expect(after).toEqual(known.after)
      expect(yield* weightsAfter({ selfSupervised: { weight: 0 } }, batch(2))).toEqual(
        yield* weightsAfter({}, batch(2))
      )
    })
  )

  it.effect("has no steps where no label is known, and changes nothing", () =>
    Effect.gen(function* () {
      const { before, after, losses } = yield* weightsAfter(
        { share: 0.5, replay: 4 },
        batch(2, () => false)
      )
      expect(losses).toEqual([])
      expect(after).toEqual(before)
    })
  )
})

describe("a self-supervised round", () => {
  it.effect("learns from all samples, moves the body where no label is known, and keeps finite", () =>
    Effect.gen(function* () {
      for (const has of [undefined, () => false, () => true, (i: number) => i < 3]) {
        const { before, after, losses } = yield* weightsAfter(agreeing, batch(2, has))
        expect(losses).toHaveLength(2 * 3)
        expect(losses.every(Number.isFinite)).toBe(true)
        expect(after.get("block1/kernel")).not.toEqual(before.get("block1/kernel"))
        expect([...after.keys()].filter((name) => !before.has(name)).every((name) => name.startsWith("simsiam/"))).toBe(
          true
        )
        for (const { values } of after.values()) expect(values.every(Number.isFinite)).toBe(true)
      }
    })
  )

  it.effect("teaches the head no class where no label is known", () =>
    Effect.gen(function* () {
      const { before, after } = yield* weightsAfter(
        { ...agreeing, carry: false },
        batch(2, () => false)
      )
      expect(after.get("head/bias")).toEqual(before.get("head/bias"))
      const { after: taught } = yield* weightsAfter({ ...agreeing, carry: false }, batch(2))
      expect(taught.get("head/bias")).not.toEqual(before.get("head/bias"))
    })
  )

  it.effect("keeps frozen units, and with all of the body frozen is a round on labels", () =>
    Effect.gen(function* () {
      const { before, after } = yield* weightsAfter(agreeing, batch(2), [true, false, false])
      expect(after.get("block1/kernel")).toEqual(before.get("block1/kernel"))
      expect(after.get("block2/kernel")).not.toEqual(before.get("block2/kernel"))
      const deep = [true, true, false]
      const [with_, without] = [
        yield* weightsAfter(agreeing, Problem.make(2, 40), deep),
        yield* weightsAfter({}, Problem.make(2, 40), deep)
      ]
      for (const [name, values] of without.after) expect(with_.after.get(name), name).toEqual(values)
    })
  )

  it.effect("works beside hard samples, replay and kept activations", () =>
    Effect.gen(function* () {
      const recipe: Recipe = { ...agreeing, share: 0.5, replay: 4, cache: true, epochs: 3 }
      const { losses } = yield* weightsAfter(recipe, batch(2), [true, false, false])
      expect(losses).toHaveLength(3 * Math.ceil((5 + 30) / 16))
      expect(losses.every(Number.isFinite)).toBe(true)
    })
  )
})

describe("a sparse net", () => {
  it.effect("stays as dense as asked, moves its zeros, and becomes dense again", () =>
    Effect.gen(function* () {
      const learner = yield* deployed(sparse)
      const zeros = Effect.map(learner.weights, (weights) =>
        ["block1/kernel", "block2/kernel", "head/kernel"].map((name) =>
          Array.from(weights.get(name)!.values, (value) => Number(value === 0))
        )
      )
      const shareOf = (of: ReadonlyArray<ReadonlyArray<number>>) => {
        const all = of.flat()
        return 1 - all.reduce((sum, zero) => sum + zero, 0) / all.length
      }
      yield* round(learner, Problem.make(2, 40))
      const first = yield* zeros
      yield* round(learner, Problem.make(3, 40))
      const second = yield* zeros
      for (const share of [shareOf(first), shareOf(second)]) {
        expect(share).toBeGreaterThan(0.2)
        expect(share).toBeLessThanOrEqual(0.305)
      }
      expect(second).not.toEqual(first)
      yield* learner.recipe({ sparse: { density: 1, every: 3, drop: 0.5 } })
      yield* round(learner, Problem.make(4, 40))
      // Where a class was never seen or a feature is never on, there is no gradient.
      expect(shareOf(yield* zeros)).toBeGreaterThan(0.9)
    }).pipe(Effect.scoped)
  )

  it.effect("keeps the weights of frozen units", () =>
    Effect.gen(function* () {
      const { before, after } = yield* weightsAfter(sparse, Problem.make(2, 40), [true, false, false])
      expect(after.get("block1/kernel")).toEqual(before.get("block1/kernel"))
      expect(after.get("block2/kernel")!.values.some((value) => value === 0)).toBe(true)
    })
  )
})

describe.each([
  ["self-supervised", agreeing],
  ["sparse", sparse],
  ["both", { ...agreeing, ...sparse }]
])("%s rounds", (_, recipe) => {
  it.effect(
    "give bit-equal weights cold and warm, and after a stop",
    () =>
      Effect.gen(function* () {
        const digests: Array<string> = []
        for (const rounds of ["warm", "cold"] as const) {
          const at = folder()
          const learner = yield* deployed(recipe, rounds, at)
          const { checkpoint } = yield* round(learner, batch(2))
          yield* round(learner, batch(3))
          digests.push(yield* learner.digest)
          const resumed = yield* TfjsLearner.make(options(rounds, at, 1000))
          yield* resumed.restore(checkpoint)
          yield* resumed.recipe(recipe)
          yield* round(resumed, batch(3))
          digests.push(yield* resumed.digest)
        }
        expect(new Set(digests).size).toBe(1)
      }).pipe(Effect.scoped),
    120_000
  )
})
