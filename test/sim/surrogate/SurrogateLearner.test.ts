import * as Policies from "@edgeol/core/Policies"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Scenario from "@edgeol/sim/Scenario"
import type { Answer, Batch } from "@edgeol/sim/SimLearner"
import * as Simulate from "@edgeol/sim/Simulate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import { Schema } from "effect"
import * as Experiment from "@edgeol/streams/Experiment"
import { expect, test } from "vitest"
import * as Shipped from "./Shipped.ts"

const surrogate = Shipped.patterns
const make = (seed: number, expected = false) => SurrogateLearner.make(surrogate, { seed, expected })
const batch = (id: number, scene: number): Batch => ({ id, scene, samples: 16, validation: 8 })
const blank = (): Answer => ({ energy: 0, confidence: 0, accuracy: 0, correct: false })

const asked = (learner: SurrogateLearner.SurrogateLearner, request: number, scene: number): Answer => {
  const answer = blank()
  learner.answer(request, scene, answer)
  return answer
}

const teach = (learner: SurrogateLearner.SurrogateLearner, batches: ReadonlyArray<Batch>) => {
  const steps = learner.begin(batches)
  const losses = Array.from({ length: steps }, () => learner.step())
  learner.finish()
  return losses
}

const rounds = (learner: SurrogateLearner.SurrogateLearner, scene: number, count: number) => {
  for (let i = 0; i < count; i++) teach(learner, [batch(2 * i, scene), batch(2 * i + 1, scene)])
}

test("equal seeds and lessons give equal models; others differ", () => {
  const [a, b, other] = [make(3), make(3), make(4)]
  for (const learner of [a, b, other]) rounds(learner, 1, 3)
  expect(asked(a, 9, 1)).toEqual(asked(b, 9, 1))
  expect(asked(a, 9, 1)).not.toEqual(asked(other, 9, 1))
})

test("luck goes by request: who was asked before does not matter", () => {
  const [a, b] = [make(3), make(3)]
  for (let i = 0; i < 50; i++) asked(b, i, 2)
  expect(asked(a, 99, 1)).toEqual(asked(b, 99, 1))
})

test("what is learnt serves from the end of the round, and costs the scenes before it", () => {
  const learner = make(1, true)
  const before = [0, 1].map((scene) => asked(learner, 0, scene).accuracy)
  learner.begin([batch(0, 1), batch(1, 1)])
  for (let i = 0; i < 16; i++) learner.step()
  expect([0, 1].map((scene) => asked(learner, 0, scene).accuracy)).toEqual(before)
  learner.finish()
  rounds(learner, 1, 4)
  const after = [0, 1].map((scene) => asked(learner, 0, scene).accuracy)
  expect(after[1]).toBeGreaterThan(before[1]! + 0.2)
  expect(after[0]).toBeLessThan(before[0]!)
})

test("a recipe's epochs and share make the steps, and what no recorded run did is a guess", () => {
  const learner = make(1)
  const { batchSize, epochs } = surrogate.body
  const perEpoch = (samples: number) => Math.ceil(samples / batchSize)
  expect(learner.begin([batch(0, 1)])).toBe(perEpoch(16) * epochs)
  learner.recipe({ epochs: 2 * epochs, cache: true })
  expect(learner.begin([batch(0, 1), batch(1, 1)])).toBe(perEpoch(32) * 2 * epochs)
  expect(learner.outside).toBeUndefined()
  learner.recipe({ share: 0.5 })
  expect(learner.begin([batch(0, 1), batch(1, 1)])).toBe(perEpoch(16) * epochs)
  expect(learner.outside).toBe("rounds on hard samples")
})

test("answers are right as often as the accuracy says", () => {
  const learner = make(2)
  rounds(learner, 1, 4)
  const answers = Array.from({ length: 4000 }, (_, i) => asked(learner, i, 1))
  const right = answers.filter(({ correct }) => correct).length / answers.length
  expect(right).toBeCloseTo(answers[0]!.accuracy, 1)
  const sure = (correct: boolean) => {
    const own = answers.filter((answer) => answer.correct === correct)
    return own.reduce((sum, { confidence }) => sum + confidence, 0) / own.length
  }
  expect(sure(true)).toBeGreaterThan(sure(false))
  expect(answers.every(({ confidence }) => confidence >= 0 && confidence <= 1)).toBe(true)
})

test("losses fall over a round, validation is a share of samples, and there is none without samples", () => {
  const learner = make(5, true)
  const losses = teach(learner, [batch(0, 1), batch(1, 1), batch(2, 1), batch(3, 1)])
  expect(losses.at(-1)).toBeLessThan(losses[0]!)
  const judged = learner.validate([batch(0, 1), batch(1, 1)])
  expect((judged.accuracy * 16) % 1).toBe(0)
  expect(judged.energyDeviation).toBeGreaterThan(0)
  expect(learner.validate([batch(0, 1), batch(1, 1)])).toEqual(judged)
  expect(learner.validate([])).toEqual({ accuracy: NaN, loss: NaN, energyMean: NaN, energyDeviation: NaN })
  expect(learner.pretest(batch(9, 2)).accuracy).toBeGreaterThanOrEqual(0)
})

test("only what trains moves away from the deployed model", () => {
  const learner = make(6)
  expect(learner.probe([batch(0, 1)])).toEqual([1, 1, 1, 1])
  learner.freeze([true, true, false, false])
  rounds(learner, 1, 3)
  const [stem, second, third, head] = learner.probe([batch(0, 1)])
  expect([stem, second]).toEqual([1, 1])
  expect(third).toBeLessThan(1)
  expect(head).toBeLessThan(1)
})

test("what was not recorded is marked, and the first of it is named", () => {
  const inside = make(1)
  rounds(inside, 1, 3)
  inside.freeze([true, false, false, false])
  expect(inside.outside).toBeUndefined()
  const scene = make(1)
  asked(scene, 0, 9)
  asked(scene, 0, 11)
  expect(scene.outside).toBe("scene 9, where 4 were recorded")
  const scattered = make(1)
  scattered.freeze([true, false, true, false])
  expect(scattered.outside).toBe("units frozen behind one that trains")
  const long = make(1)
  rounds(long, 1, 30)
  expect(long.outside).toMatch(/^far more than the \d+ steps/)
  const head = make(1)
  head.adapt(batch(0, 1))
  expect(head.outside).toBe("a fast head")
  const merged = make(1)
  teach(
    merged,
    Array.from({ length: 40 }, (_, i) => batch(i, 1))
  )
  expect(merged.outside).toMatch(/^a round on 40 batches/)
})

const simulated = (specification: string, seed: number) => {
  const experiment = Schema.decodeUnknownSync(Experiment.Experiment)(surrogate.body.experiment)
  const learner = make(seed)
  const timeline = Scenario.timeline(Scenario.ofExperiment(experiment, surrogate.body.scenes.slice(1)), seed)
  const costs = CostModel.load("convnet")
  const world = { timeline, learner, costs, cold: true, batchSize: 16, energy: () => 0 }
  const { summary } = Simulate.run(Policies.parse(specification), world)
  return { summary, outside: learner.outside }
}

test.each(["never", "immediate", "periodic:4", "prefix:2", "frequency", "freeze", "edgeol"])(
  "%s runs on it unmodified, inside what was recorded",
  (policy) => {
    const { summary, outside } = simulated(policy, 1)
    expect(summary.requests).toBe(200)
    expect(outside).toBeUndefined()
    expect(summary.rounds > 0).toBe(policy !== "never")
  }
)

test("learning pays, and seeds spread", () => {
  const gains = Array.from({ length: 12 }, (_, seed) => {
    const [never, immediate] = ["never", "immediate"].map((policy) => simulated(policy, seed).summary.accuracy)
    return { never: never!, gain: immediate! - never! }
  })
  expect(Math.min(...gains.map(({ gain }) => gain))).toBeGreaterThan(0.05)
  const own = gains.map(({ never }) => never)
  expect(Math.max(...own) - Math.min(...own)).toBeGreaterThan(0.03)
})
