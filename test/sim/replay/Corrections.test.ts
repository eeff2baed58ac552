import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import * as Rng from "@edgeol/core/Rng"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Corrections from "@edgeol/sim/replay/Corrections"
import * as Operations from "@edgeol/sim/replay/Operations"
import * as TapeCosts from "@edgeol/sim/replay/TapeCosts"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Device from "@edgeol/sim/Device"
import * as Simulate from "@edgeol/sim/Simulate"
import { anySimWorld, anySpecification, build } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

test("a tape of the cost model itself needs no correction, whatever the policy does", () => {
  let seen = 0
  const exact = fc.property(anySpecification(), anySimWorld({ arrivals: 40 }), (specification, make) => {
    const { pace: _, ...world } = make()
    const tape: Array<Entry> = []
    Simulate.run(build(specification), world, (entry) => void tape.push(entry))
    const corrections = Corrections.seconds(Operations.of(tape, world.costs, world.batchSize))
    for (const { factor, said, was } of Object.values(corrections)) {
      expect(factor).toBeCloseTo(1, 9)
      expect(was).toBeCloseTo(said, 9)
      seen += 1
    }
  })
  fc.assert(exact, { numRuns: 100 })
  expect(seen).toBeGreaterThan(200)
})

test("intervals of factors hold the true one nine times in ten, and totals come to what they were", () => {
  const rng = Rng.named(1, "corrections")
  let held = 0
  const times = 300
  for (let i = 0; i < times; i++) {
    const pairs = Array.from({ length: 12 }, (_, round) => {
      const slow = Math.exp(0.2 * rng.normal())
      return Array.from({ length: 8 }, () => ({ said: 0.01, was: 0.02 * slow * Math.exp(0.1 * rng.normal()), round }))
    }).flat()
    const { low, high } = Corrections.of(pairs)!
    held += low! <= 0.02 / 0.01 && 0.02 / 0.01 <= high! ? 1 : 0
  }
  expect(held / times).toBeGreaterThan(0.87)
  expect(held / times).toBeLessThan(0.995)
})

test("four rounds give a factor and no interval, five do", () => {
  const pairs = (rounds: number) => Array.from({ length: rounds }, (_, round) => ({ said: 1, was: 2 + round, round }))
  expect(Corrections.of(pairs(4))).toMatchObject({ factor: 3.5, low: null, high: null })
  expect(Corrections.of(pairs(Corrections.fewest))).toMatchObject({ factor: 4, low: 2, high: 6 })
  expect(Corrections.of([])).toBeUndefined()
})

test("the device of a tape is the model's times what the tape took, activity by activity", () => {
  const costs = CostModel.load("convnet")
  const { watts } = PowerModel.load("orin-nano@15W")
  const reference = { costs, watts, spread: Device.spread(Device.load("orin-nano@15W")) }
  const [make] = fc.sample(anySimWorld({ arrivals: 60 }), { seed: 5, numRuns: 1 })
  const { pace: _, ...world } = make!()
  const tape: Array<Entry> = []
  Simulate.run(
    Policies.parse("immediate"),
    { ...world, costs, pace: (_activity, nominal) => 3 * nominal },
    (entry) => void tape.push(entry)
  )
  const fitted = TapeCosts.fit(reference, Operations.of(tape, costs, world.batchSize), tape)
  const { costs: found } = TapeCosts.device(fitted)
  expect(CostModel.seconds(found.forward, 4)).toBeCloseTo(3 * CostModel.seconds(costs.forward, 4), 9)
  expect(CostModel.backward(found, 4, [false])).toBeCloseTo(3 * CostModel.backward(costs, 4, [false]), 9)
  expect(found.save).toBeCloseTo(3 * costs.save, 9)
  expect(fitted.unseen).toContain("probe")
  expect(found.probe.fixed).toBeCloseTo(3 * costs.probe.fixed, 6)
})
