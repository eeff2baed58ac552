/** AutoFreeze, SlimFit and Egeria: baselines that freeze by what each unit's gradients, weights or activations do. */
import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as AutoFreeze from "@edgeol/core/policies/AutoFreeze"
import * as Egeria from "@edgeol/core/policies/Egeria"
import * as Policies from "@edgeol/core/Policies"
import * as SlimFit from "@edgeol/core/policies/SlimFit"
import * as Policy from "@edgeol/core/Policy"
import { seconds } from "@edgeol/core/Units"
import { anyConfig, anyHistory, anyScenario, World } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const at = seconds(0)
const started = (units: number): Observation => ({ _tag: "Started", at, units })
const step = (...units: ReadonlyArray<number>): Observation => ({
  _tag: "StepFinished",
  at,
  round: 1,
  iteration: 1,
  loss: 1,
  units
})
const blindStep: Observation = { _tag: "StepFinished", at, round: 1, iteration: 1, loss: 1 }
const changed: Observation = { _tag: "ScenarioChanged", at, source: "detector" }

const freezes = (policy: Policy.Policy, history: ReadonlyArray<Observation>) =>
  Policy.decisions(policy, history).flatMap((decision) => (decision._tag === "Freeze" ? [decision.units] : []))

const watches = (policy: Policy.Policy) => policy.decide(policy.initial, started(3))[1]

describe("AutoFreeze", () => {
  const policy = AutoFreeze.make({ every: 2 })
  // Sums of 4 units and a head: first 2 each, then changes of 0.1, 0.2, 0.8, 0.9; their median is 0.5.
  const first = [started(5), step(1, 1, 1, 1, 9), step(1, 1, 1, 1, 9)]
  const second = [step(0.9, 0.8, 0.2, 0.1, 9), step(0.9, 0.8, 0.2, 0.1, 9)]

  test("watches gradients, and freezes what lies before the first unit that changed by the median", () => {
    expect(watches(policy)).toEqual(Decision.watch("gradients"))
    expect(freezes(policy, first)).toEqual([])
    expect(freezes(policy, [...first, ...second])).toEqual([[true, true, false, false, false]])
  })

  test("a unit that moves at the input keeps everything open", () => {
    const moving = [step(0.1, 0.9, 0.9, 0.9, 9), step(0.1, 0.9, 0.9, 0.9, 9)]
    expect(freezes(policy, [...first, ...moving])).toEqual([])
  })

  test("goes on with the active units alone, never to the last of them, and thaws at a change", () => {
    const third = [step(NaN, NaN, 0.19, 0.01, 9), step(NaN, NaN, 0.19, 0.01, 9)]
    const all = freezes(policy, [...first, ...second, ...third, ...third, ...third])
    expect(all).toEqual([
      [true, true, false, false, false],
      [true, true, true, false, false]
    ])
    expect(freezes(policy, [...first, ...second, changed]).at(-1)).toEqual([false, false, false, false, false])
    expect(freezes(policy, [...first, changed, ...second])).toEqual([])
  })

  test("without measurements it freezes nothing", () => {
    expect(freezes(policy, [started(4), ...Array.from({ length: 20 }, () => blindStep)])).toEqual([])
  })

  test("freezes a prefix that only grows until a change, and never the head", () => {
    let grown = 0
    const grows = fc.property(anyConfig["auto-freeze"]!, anyHistory({ moves: 80 }), (config, history) => {
      let depth = 0
      Policy.decisions(AutoFreeze.make(config), history).forEach((decision, i) => {
        if (decision._tag !== "Freeze") return
        const open = decision.units.indexOf(false)
        expect(open).toBeGreaterThanOrEqual(0)
        expect(decision.units.slice(open)).not.toContain(true)
        if (history[i]!._tag === "ScenarioChanged") expect(open).toBe(0)
        else expect(open).toBeGreaterThan(depth)
        depth = open
        grown += 1
      })
    })
    fc.assert(grows, { numRuns: 300 })
    expect(grown).toBeGreaterThan(50)
  })
})

describe("SlimFit", () => {
  test("watches changes, and rests the units that changed least", () => {
    const policy = SlimFit.make({ rate: 0.5 })
    expect(watches(policy)).toEqual(Decision.watch("changes"))
    expect(freezes(policy, [started(5), step(4, 1, 3, 2, 0)])).toEqual([[false, true, false, true, false]])
  })

  test("lets those that rest come back when the others have sunk below them", () => {
    const policy = SlimFit.make({ rate: 0.5 })
    const history = [started(5), step(4, 1, 3, 2, 0), step(0.5, NaN, 3, NaN, 0), step(NaN, NaN, 0.6, 1.9, 0)]
    expect(freezes(policy, history)).toEqual([
      [false, true, false, true, false],
      [true, true, false, false, false],
      [true, false, true, false, false]
    ])
  })

  test("rests int(rate t) of t units at most, none that never trained, and not the head", () => {
    let rested = 0
    const bounded = fc.property(anyConfig["slim-fit"]!, anyHistory(), (config, history) => {
      const policy = SlimFit.make(config)
      const { rate } = policy.config as { rate: number }
      for (const units of freezes(policy, history)) {
        const resting = units.filter(Boolean).length
        expect(resting).toBeLessThanOrEqual(Math.floor(rate * (units.length - 1)))
        expect(units.at(-1)).toBe(false)
        rested += resting
      }
    })
    fc.assert(bounded, { numRuns: 300 })
    expect(rested).toBeGreaterThan(100)
    expect(freezes(SlimFit.make({ rate: 1 }), [started(4), blindStep, blindStep])).toEqual([])
  })
})

describe("Egeria", () => {
  const policy = Egeria.make({ every: 2, window: 2, hits: 2, tolerance: 0.1 })
  const compared = (...distance: ReadonlyArray<number>): Observation => ({ _tag: "Compared", at, distance })
  const repeat = (observation: Observation, count: number) => Array.from({ length: count }, () => observation)

  test("compares with the reference every so many steps, until all but the head is frozen", () => {
    const asks = Policy.decisions(policy, [started(2), ...repeat(blindStep, 5)]).map(({ _tag }) => _tag)
    expect(asks).toEqual(["Wait", "Wait", "Compare", "Wait", "Compare", "Wait"])
    const frozen = [started(2), ...repeat(compared(0.5, 0.5), 4)]
    expect(freezes(policy, frozen)).toEqual([[true, false]])
    const later = Policy.decisions(policy, [...frozen, ...repeat(blindStep, 4)])
    expect(later.slice(-4).every(({ _tag }) => _tag === "Wait")).toBe(true)
  })

  test("freezes from the front, one unit at a time, what stood still in two evaluations", () => {
    // Two losses make an average and two averages a line: the third loss gives the first one.
    expect(freezes(policy, [started(4), ...repeat(compared(0.2, 0.3, 0.4, 1), 3)])).toEqual([])
    expect(freezes(policy, [started(4), ...repeat(compared(0.2, 0.3, 0.4, 1), 6)])).toEqual([
      [true, false, false, false],
      [true, true, false, false]
    ])
  })

  test("a unit at the front that moves holds up those behind it", () => {
    const moving = Array.from({ length: 12 }, (_, i) => compared(0.1 * 1.5 ** i, 0.3, 0.4, 1))
    expect(freezes(policy, [started(4), ...moving])).toEqual([])
  })

  test("a change thaws all and empties the windows; a loss that is none is passed over", () => {
    const still = repeat(compared(0.2, 0.3, 0.4, 1), 4)
    const history = [started(4), ...still, changed, ...still.slice(1)]
    expect(freezes(policy, history)).toEqual([
      [true, false, false, false],
      [false, false, false, false]
    ])
    expect(freezes(policy, [started(4), ...repeat(compared(NaN, Infinity, -Infinity, 0), 9)])).toEqual([])
  })
})

test("a run tells of units from where they are watched on, and only then", () => {
  let frozen = 0
  const told = fc.property(anyScenario(), (scenario) => {
    for (const name of ["slim-fit:0.5", "auto-freeze:every=2", "immediate"]) {
      const { tape } = World.run(Policies.parse(name), scenario)
      for (const { observation, decision } of tape) {
        if (observation._tag === "StepFinished")
          expect(observation.units?.length).toBe(name === "immediate" ? undefined : scenario.units)
        if (Decision.has(decision, "Freeze")) frozen += 1
      }
    }
  })
  fc.assert(told)
  expect(frozen).toBeGreaterThan(50)
})
