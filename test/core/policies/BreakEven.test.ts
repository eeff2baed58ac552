import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import { decisions } from "@edgeol/core/Policy"
import * as BreakEven from "@edgeol/core/policies/BreakEven"
import * as FastHead from "@edgeol/core/policies/FastHead"
import * as Rng from "@edgeol/core/Rng"
import { joules, seconds } from "@edgeol/core/Units"
import fc from "fast-check"
import { expect, test } from "vitest"

const at = seconds(1)
const arrived: Observation = { _tag: "BatchArrived", at, batch: 0, samples: 16 }
const adapted = (accuracy: number): Observation => ({
  _tag: "Adapted",
  at,
  batch: 0,
  samples: 16,
  accuracy
})
const served: Observation = { _tag: "RequestServed", at, request: 0, arrivedAt: at, energy: 0, confidence: 1 }
const round = (batches: number, cost: number): ReadonlyArray<Observation> => [
  { _tag: "RoundStarted", at, round: 1, batches, samples: 16 * batches },
  { _tag: "RoundFinished", at, round: 1, batches, iterations: 4, seconds: at, joules: joules(cost) }
]
const requests = (count: number) => Array.from({ length: count }, () => served)

/** Requests until it asks for a round; undefined if it never does within these. */
const patience = (config: object, before: ReadonlyArray<Observation>, most = 5000): number | undefined => {
  const history = [...before, ...requests(most)]
  const asked = decisions(BreakEven.make(config), history).findIndex((decision) => Decision.has(decision, "Train"))
  return asked < 0 ? undefined : asked - before.length + 1
}

test("head:k stops learning after k batches, as a control", () => {
  const adapts = (config: object) =>
    decisions(FastHead.make(config), [arrived, served, arrived, arrived]).filter((of) => Decision.has(of, "Adapt"))
  expect(adapts({ batches: 2 })).toHaveLength(2)
  expect(adapts({})).toHaveLength(3)
})

test("adapts the head to every batch", () => {
  expect(decisions(BreakEven.make(), [arrived, served, arrived])).toEqual([
    Decision.adapt,
    Decision.wait,
    Decision.adapt
  ])
})

test("trains when waiting has cost more than a round: by hand", () => {
  // A quarter of an error of 0.5 each request, at 2 J: 0.25 J a request against 4 + 1 J.
  const config = { price: 2, fixed: 4, perBatch: 1, prior: 0.25 }
  expect(patience(config, [arrived, adapted(0.5)])).toBe(21)
  // Two batches lose twice as much, and cost 4 + 2 J.
  expect(patience(config, [adapted(0.5), adapted(0.5)])).toBe(13)
})

test("asks sooner the dearer a wrong answer, and never where it costs nothing or nothing is wrong", () => {
  const sooner = fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 16 }), (price, wrong) => {
    const seen = [adapted(1 - wrong / 16)]
    const [cheap, dear] = [patience({ price }, seen), patience({ price: price * 2 }, seen)]
    expect(dear).toBeLessThanOrEqual(cheap!)
  })
  fc.assert(sooner)
  expect(patience({ price: 0 }, [adapted(0.5)])).toBeUndefined()
  expect(patience({}, [adapted(1)])).toBeUndefined()
  expect(patience({}, [])).toBeUndefined()
})

test("what rounds cost is learnt from rounds", () => {
  const seen = (cost: number) => [...round(1, cost), ...round(2, 2 * cost), adapted(0.5)]
  expect(patience({}, seen(10))).toBeGreaterThan(patience({}, seen(1))!)
})

test("where rounds mend nothing they all but end, and where they mend much they come sooner", () => {
  const learnt = (before: number, after: number) => [
    ...Array.from({ length: 20 }, () => adapted(before)),
    ...round(20, 24),
    ...Array.from({ length: 4 }, () => adapted(after))
  ]
  const config = { prior: 0.02, fixed: 4, perBatch: 1, smoothing: 1 }
  const useless = patience(config, learnt(0.5, 0.5), 100_000)!
  const useful = patience(config, learnt(0.5, 1 - 0.1), 100_000)!
  const wrong = { useless: 0.5, useful: 0.1 }
  expect(useless * wrong.useless).toBeGreaterThan(useful * wrong.useful)
})

test("tries the cheaper way first, and goes on with the one that mends most for a joule", () => {
  const config = { price: 10, depths: 2, fixed: 40, perBatch: 1, smoothing: 1 }
  const begun: Observation = { _tag: "Started", at, units: 3 }
  const asked = (before: ReadonlyArray<Observation>) => {
    const all = decisions(BreakEven.make(config), [begun, ...before, ...requests(5000)])
    const train = all.find((decision, i) => i > before.length && Decision.has(decision, "Train"))
    return Decision.parts(train!).flatMap((part) => (part._tag === "Freeze" ? [part.units] : []))[0]
  }
  const [none, prefix] = [
    [false, false, false],
    [true, true, false]
  ]
  const wrong = (share: number, count: number) => Array.from({ length: count }, () => adapted(1 - share))
  expect(asked(wrong(0.5, 4))).toEqual(prefix)
  const first = [...wrong(0.5, 4), ...requests(2000), ...round(4, 42)]
  expect(asked([...first, ...wrong(0.5, 8)])).toEqual(none)
  expect(asked([...first, ...wrong(0.1, 8)])).toEqual(prefix)
})

test("a drawn threshold is never above the fixed one, and another with each seed", () => {
  const seen = [adapted(0.5)]
  const thresholds = new Set<number | undefined>()
  for (let seed = 1; seed <= 20; seed++) {
    const drawn = patience({ randomised: true, seed }, seen)
    expect(drawn).toBeLessThanOrEqual(patience({}, seen)!)
    thresholds.add(drawn)
  }
  expect(thresholds.size).toBeGreaterThan(10)
})

test("refuses prices that are none, and bears the largest", () => {
  for (const price of [Infinity, NaN, -1])
    expect(() => BreakEven.make({ price })).toThrow(/^breakEven: price: expected a .*\.$/)
  const policy = BreakEven.make({ price: Number.MAX_VALUE })
  const last = [adapted(0), ...requests(10)].reduce((state, seen) => policy.decide(state, seen)[0], policy.initial)
  expect(JSON.parse(JSON.stringify(last))).toEqual(last)
})

/** A head that gets used to each scenario, and rounds over a batch that mend a share of what it leaves wrong there. */
const live = (mends: number, seed: number): { readonly early: number; readonly late: number } => {
  const [rng, policy, count] = [Rng.named(seed, "answers"), BreakEven.make({ price: 10 }), [0, 0]]
  let [state, lasting, passing, waiting, wanted] = [policy.initial, 0.4, 0.4, 0, false]
  const see = (seen: Observation) => {
    const [next, decision] = policy.decide(state, seen)
    state = next
    wanted ||= Decision.has(decision, "Train")
  }
  for (let batch = 0; batch < 400; batch++) {
    if (batch % 40 === 0) [lasting, passing] = [0.4, 0.4]
    see(arrived)
    see(adapted(Array.from({ length: 16 }, rng.next).filter((draw) => draw > lasting + passing).length / 16))
    waiting += 1
    passing *= 0.6
    for (let request = 0; request < 5; request++) {
      see(served)
      if (!wanted) continue
      lasting = Math.min(0.6, lasting * (1 - mends) ** waiting)
      count[batch < 200 ? 0 : 1]! += 1
      for (const seen of round(waiting, 4 + waiting)) see(seen)
      ;[waiting, wanted] = [0, false]
    }
  }
  return { early: count[0]!, late: count[1]! }
}

test("where rounds mend something they keep coming, where they mend nothing or do harm they fade out", () => {
  const mean = (mends: number) =>
    Array.from({ length: 8 }, (_, seed) => live(mends, seed)).reduce(
      (sum, { early, late }) => ({ early: sum.early + early / 8, late: sum.late + late / 8 }),
      { early: 0, late: 0 }
    )
  const [harmful, useless, useful] = [mean(-0.05), mean(0), mean(0.05)]
  expect(useful.late).toBeGreaterThan(0.7 * useful.early)
  expect(useless.late).toBeLessThan(useful.late / 2)
  expect(useless.late).toBeLessThan(useless.early)
  expect(harmful.late).toBeLessThan(useful.late / 2)
})
