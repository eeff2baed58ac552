import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Policies from "@edgeol/core/Policies"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Scenario from "@edgeol/sim/Scenario"
import type { Answer, Batch, SimLearner } from "@edgeol/sim/SimLearner"
import * as Simulate from "@edgeol/sim/Simulate"
import * as Head from "@edgeol/sim/surrogate/Head"
import * as HeadLearner from "@edgeol/sim/surrogate/HeadLearner"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import * as Experiment from "@edgeol/streams/Experiment"
import { Schema } from "effect"
import { describe, expect, test } from "vitest"
import * as Shipped from "./Shipped.ts"

const file = fileURLToPath(new URL("../../../packages/sim/surrogates/heads/patterns-nic@1.json", import.meta.url))
const text = readFileSync(file, "utf8")
const head = Head.parse(file, text)
const plain = (seed: number) => SurrogateLearner.make(Shipped.patterns, { seed })
const make = (seed: number) => HeadLearner.make(plain(seed), head, { seed })
const batch = (id: number, scene: number): Batch => ({ id, scene, samples: 12, validation: 4 })

const asked = (learner: SimLearner, request: number, scene: number): Answer => {
  const answer = { energy: 0, confidence: 0, accuracy: 0, correct: false }
  learner.answer(request, scene, answer)
  return answer
}

const teach = (learner: SimLearner, batches: ReadonlyArray<Batch>) => {
  const steps = learner.begin(batches)
  for (let i = 0; i < steps; i++) learner.step()
  learner.finish()
}

const seeds = Array.from({ length: 40 }, (_, seed) => seed)
const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

test("a policy that adapts no head runs as without one, to the bit", () => {
  const experiment = Schema.decodeUnknownSync(Experiment.Experiment)(Shipped.patterns.body.experiment)
  const scenario = Scenario.ofExperiment(experiment, Shipped.patterns.body.scenes.slice(1))
  const run = (policy: string, learner: SimLearner) =>
    Simulate.run(Policies.parse(policy), {
      timeline: Scenario.timeline(scenario, 1),
      learner,
      costs: CostModel.load("convnet"),
      cold: false,
      batchSize: experiment.training.batchSize,
      energy: () => 0
    }).summary
  for (const policy of ["edgeol", "back-off", "drift"]) {
    expect(run(policy, make(1))).toEqual(run(policy, plain(1)))
  }
  expect(run("head", make(1)).accuracy).toBeGreaterThan(run("never", plain(1)).accuracy)
})

test("the head answers from its first batch on, and learns its scene with each more", () => {
  const after = (batches: number) =>
    mean(
      seeds.map((seed) => {
        const learner = make(seed)
        expect(asked(learner, 1, 1)).toEqual(asked(plain(seed), 1, 1))
        for (let id = 0; id < batches; id++) learner.adapt(batch(id, 1))
        return asked(learner, 1, 1).accuracy
      })
    )
  const [first, few, many] = [after(1), after(4), after(10)]
  expect(few).toBeGreaterThan(first + 0.05)
  expect(many).toBeGreaterThan(few + 0.02)
})

test("its accuracy on a batch is that of before it learnt it, as often right as it answers", () => {
  const both = seeds.map((seed) => {
    const learner = make(seed)
    for (let id = 0; id < 9; id++) learner.adapt(batch(id, 1))
    const { accuracy } = asked(learner, 1, 1)
    return [accuracy, learner.adapt(batch(9, 1))] as const
  })
  const [expected, seen] = [mean(both.map(([one]) => one)), mean(both.map(([, one]) => one))]
  expect(Math.abs(expected - seen)).toBeLessThan(0.06)
  for (const [, one] of both) expect((12 * one) % 1).toBeCloseTo(0, 9)
})

test("deep rounds move what it stands on: it serves worse of a scene that they did not learn", () => {
  const after = (rounds: number) =>
    mean(
      seeds.map((seed) => {
        const learner = make(seed)
        for (let id = 0; id < 10; id++) learner.adapt(batch(id, 1))
        for (let id = 10; id < 10 + rounds; id++) teach(learner, [batch(id, 2)])
        return asked(learner, 1, 1).accuracy
      })
    )
  expect(after(8)).toBeLessThan(after(0) - 0.02)
})

test("luck goes by what was taught and asked: equal lessons, equal heads", () => {
  const [a, b, other] = [make(3), make(3), make(4)]
  for (const learner of [a, b, other]) for (let id = 0; id < 5; id++) learner.adapt(batch(id, 1))
  for (let i = 0; i < 50; i++) asked(b, i, 1)
  expect(asked(a, 99, 1)).toEqual(asked(b, 99, 1))
  expect(asked(a, 99, 1)).not.toEqual(asked(other, 99, 1))
})

test("far more batches than were recorded are a guess", () => {
  const learner = make(1)
  for (let id = 0; id < head.body.range.batches; id++) learner.adapt(batch(id, 1))
  expect(learner.outside).toBeUndefined()
  for (let id = 0; id < head.body.range.batches; id++) learner.adapt(batch(100 + id, 1))
  expect(learner.outside).toMatch(/far more than the \d+ batches that a head met/)
})

describe("its file", () => {
  test("is read as it was printed", () => expect(Head.parse(file, Head.print(head))).toEqual(head))

  test("is refused where it was changed, cut off, or is another thing", () => {
    expect(() => Head.parse(file, text.replace('"runs":', '"runs": 1'))).toThrow(/heads\/patterns.*edgeol atlas head/)
    expect(() => Head.parse(file, text.slice(0, 500))).toThrow(/it is no surrogate of a fast head .*edgeol atlas head/)
    expect(() => Head.parse(file, text.replace('"seed":1', '"seed":77'))).toThrow(/does not match its hash/)
  })
})
