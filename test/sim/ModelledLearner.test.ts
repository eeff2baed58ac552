/** A learner that takes no time itself, made to take the seconds of a cost model, in small worlds. */
import { type Examples, concat } from "@edgeol/core/Examples"
import type { Entry } from "@edgeol/core/Journal"
import { Learner } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Loop from "@edgeol/core/Loop"
import type { Policy } from "@edgeol/core/Policy"
import { Samples } from "@edgeol/core/Samples"
import * as Summary from "@edgeol/core/Summary"
import { seconds } from "@edgeol/core/Units"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import type * as CostModel from "@edgeol/sim/CostModel"
import * as ModelledLearner from "@edgeol/sim/ModelledLearner"
import { anyScenario, anySpecification, build, type Scenario, World } from "@edgeol/test"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const nothing: Scenario["costs"] = {
  startUp: 0,
  load: 0,
  forward: 0,
  backward: 0,
  optimiser: 0,
  probe: 0,
  validation: 0,
  head: 0,
  save: 0,
  inference: 0
}

const millis = (max: number) => fc.integer({ min: 0, max }).map((value) => value / 1000)
const affine = fc.record({ fixed: millis(20), perSample: millis(5) })
const anyCosts: fc.Arbitrary<CostModel.CostModel> = fc.record({
  name: fc.constant("drawn"),
  source: fc.constant("fast-check"),
  startUp: millis(2000),
  load: millis(100),
  save: millis(50),
  optimiser: millis(5),
  forward: affine,
  backward: fc.record({ fixed: millis(20), perSample: fc.integer({ min: 1, max: 5 }).map((value) => value / 1000) }),
  backwardByDepth: fc.constantFrom([1, 0.5, 0.25, 0.01], [1, 0.5], [1]),
  inference: affine,
  probe: affine,
  validation: affine
})

const anyOptions = fc.record({
  costs: anyCosts,
  cold: fc.boolean(),
  batchSize: fc.integer({ min: 1, max: 4 })
})

/** A world whose learner takes what the model says. */
const worldOf = (scenario: Scenario, options: ModelledLearner.Options, record: World.Record) => {
  const free = World.layer({ ...scenario, costs: nothing }, record)
  return Layer.merge(free, Layer.provide(ModelledLearner.layer(options), free))
}

const run = (policy: Policy, scenario: Scenario, options: ModelledLearner.Options, clock = VirtualClock.make()) => {
  const record: World.Record = { tape: [], snapshots: [] }
  const world = Effect.provide(Loop.run(policy), worldOf(scenario, options, record))
  Effect.runSync(Effect.provideService(world, Clock.Clock, clock))
  return record.tape
}

const runOnTestClock = async (policy: Policy, scenario: Scenario, options: ModelledLearner.Options) => {
  const record: World.Record = { tape: [], snapshots: [] }
  const world = Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.provide(Loop.run(policy), worldOf(scenario, options, record)))
    yield* TestClock.adjust("30 days")
    yield* Fiber.join(fiber)
  })
  await Effect.runPromise(Effect.provide(world, TestClock.layer()))
  return record.tape
}

const scenario: Scenario = {
  units: 3,
  arrivals: [{ _tag: "Batch", at: seconds(1), id: 0, samples: 4 }],
  costs: nothing,
  nanEvery: 0,
  budget: 0
}

const affineOf = ({ fixed, perSample }: { fixed: number; perSample: number }, n: number) => fixed + perSample * n

test("each operation takes the model's seconds, bills them and gives what the learner gave", () => {
  const exact = fc.property(anyOptions, (options) => {
    const { costs, cold, batchSize } = options
    const clock = VirtualClock.make()
    /** Seconds that passed, and those billed. */
    const timed = Effect.fnUntraced(function* <A, E, R>(operation: Effect.Effect<Ledger.Metered<A>, E, R>) {
      const before = clock.monotonicTimeNanosUnsafe()
      const { value, costs } = yield* operation
      const passed = Number(clock.monotonicTimeNanosUnsafe() - before) / 1e9
      return { value, passed, billed: Ledger.total(Ledger.add(Ledger.empty, costs)) }
    })
    const took = (of: { passed: number; billed: number }, expected: number) => {
      expect(of.passed).toBeCloseTo(expected, 8)
      expect(of.billed).toBeCloseTo(expected, 12)
    }
    const step = (backward: number) =>
      affineOf(costs.forward, Math.min(4, batchSize)) +
      affineOf(costs.backward, Math.min(4, batchSize)) * backward +
      costs.optimiser
    const world = Effect.gen(function* () {
      const learner = yield* Learner
      const examples: Examples = (yield* (yield* Samples).batch(0)).train
      yield* learner.freeze([false, false, false])
      const two = concat([examples, examples], [1, 1, 2])
      const predicted = yield* timed(learner.predict(two))
      took(predicted, affineOf(costs.inference, 8))
      expect(predicted.value.labels).toHaveLength(8)
      took(yield* timed(learner.probe(examples)), affineOf(costs.probe, 4))
      took(yield* timed(learner.validate(examples)), affineOf(costs.validation, 4))
      const begun = yield* timed(learner.begin(examples))
      took(begun, cold ? costs.startUp + costs.load : 0)
      expect(begun.value.steps).toBe(4)
      took(yield* timed(begun.value.step), step(1))
      yield* learner.freeze([true, false, false])
      took(yield* timed(begun.value.step), step(costs.backwardByDepth[1] ?? 1))
      took(yield* timed(begun.value.finish), costs.save)
    })
    const provided = Effect.provide(world, worldOf(scenario, options, { tape: [], snapshots: [] }))
    Effect.runSync(Effect.scoped(Effect.provideService(provided, Clock.Clock, clock)))
  })
  fc.assert(exact)
})

describe("a run", () => {
  const anyRun = fc.record({ specification: anySpecification(), scenario: anyScenario(), options: anyOptions })

  test("has a ledger that adds up to its clock", () => {
    let cold = 0
    const adds = fc.property(anyRun, ({ specification, scenario, options }) => {
      const tape = run(build(specification), scenario, options)
      const { seconds: ledger, rounds } = Summary.summarise(tape)
      expect(Ledger.total(ledger)).toBeCloseTo(tape.at(-1)!.observation.at, 6)
      // A duration is whole nanoseconds: what is left over is their rounding.
      expect(Math.abs(ledger.overhead ?? 0)).toBeLessThan(1e-6)
      const started = options.cold ? rounds * options.costs.startUp : 0
      expect(ledger.startUp ?? 0).toBeCloseTo(started, 6)
      if (started > 0) cold += 1
    })
    fc.assert(adds, { numRuns: 200 })
    expect(cold).toBeGreaterThan(30)
  })

  test("is the same to the bit under the test clock", async () => {
    let rounds = 0
    const alike = fc.asyncProperty(anyRun, async ({ specification, scenario, options }) => {
      const tape = run(build(specification), scenario, options)
      expect(await runOnTestClock(build(specification), scenario, options)).toEqual(tape)
      rounds += Summary.summarise(tape).rounds
    })
    await fc.assert(alike, { numRuns: 60 })
    expect(rounds).toBeGreaterThan(60)
  })

  test("decides as one that measures, where arrivals leave time for rounds", () => {
    const arrivals = Array.from({ length: 12 }, (_, id) => ({
      ...({ _tag: "Batch", id, samples: 1 + (id % 4) } as const),
      at: seconds(100 * (id + 1))
    }))
    const choices = (tape: ReadonlyArray<Entry>) =>
      tape.map(({ observation, decision }) => [observation._tag, decision])
    const live = VirtualClock.skippingIdle(Effect.runSync(Clock.clockWith(Effect.succeed)))
    const alike = fc.property(anyOptions, fc.constantFrom("immediate", "freeze", "never"), (options, name) => {
      const policy = build({ name, config: {} })
      const world = { ...scenario, arrivals }
      expect(choices(run(policy, world, options, live))).toEqual(choices(run(policy, world, options)))
    })
    fc.assert(alike, { numRuns: 30 })
  })
})
