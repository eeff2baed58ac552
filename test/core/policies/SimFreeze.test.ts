import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as SimFreeze from "@edgeol/core/policies/SimFreeze"
import * as Policy from "@edgeol/core/Policy"
import { seconds } from "@edgeol/core/Units"
import { anyConfig, anyHistory } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const at = seconds(0)
const started = (units: number): Observation => ({ _tag: "Started", at, units })
const step: Observation = { _tag: "StepFinished", at, round: 1, iteration: 1, loss: 1 }
const probed = (...similarity: ReadonlyArray<number>): Observation => ({ _tag: "Probed", at, similarity })
const changed: Observation = { _tag: "ScenarioChanged", at, source: "oracle" }

const freezes = (policy: Policy.Policy, history: ReadonlyArray<Observation>) =>
  Policy.decisions(policy, history).flatMap((decision) => (decision._tag === "Freeze" ? [decision.units] : []))

/** Histories in which probes come often and stand still as often as they move. */
const anyProbing = fc
  .tuple(
    fc.integer({ min: 1, max: 6 }),
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.array(fc.constantFrom(0.5, 0.501, 0.8, NaN), { minLength: 6, maxLength: 6 }) },
        { weight: 1, arbitrary: fc.constant("change") }
      ),
      { maxLength: 40, size: "max" }
    )
  )
  .map(([units, moves]) => [
    started(units),
    ...moves.map((move) => (typeof move === "string" ? changed : probed(...move.slice(0, units))))
  ])

test("freezes a prefix only, and never the last units", () => {
  let frozen = 0
  const within = fc.property(anyConfig["freeze"]!, fc.oneof(anyProbing, anyHistory()), (config, history) => {
    const policy = SimFreeze.make(config)
    const { prefix, keepLast } = policy.config as { prefix: boolean; keepLast: number }
    for (const units of freezes(policy, history)) {
      expect(units.slice(units.length - keepLast)).not.toContain(true)
      if (prefix) expect(units.slice(units.indexOf(false))).not.toContain(true)
      frozen += units.filter(Boolean).length
    }
  })
  fc.assert(within, { numRuns: 500 })
  expect(frozen).toBeGreaterThan(100)
})

test("speaks only when what is frozen changes, and starts no round", () => {
  const quiet = fc.property(anyConfig["freeze"]!, fc.oneof(anyProbing, anyHistory()), (config, history) => {
    const policy = SimFreeze.make(config)
    expect(Policy.decisions(policy, history).some((decision) => Decision.has(decision, "Train"))).toBe(false)
    const said = freezes(policy, history)
    said.slice(1).forEach((units, i) => expect(units).not.toEqual(said[i]))
  })
  fc.assert(quiet)
})

test("probes every so many steps, with a new probe first and after a change", () => {
  const policy = SimFreeze.make({ every: 2 })
  const [ask, renew] = [Decision.probe({ renew: false }), Decision.probe({ renew: true })]
  const history = [started(2), step, step, probed(1, 1), step, step, changed, step, step]
  const { wait } = Decision
  expect(Policy.decisions(policy, history)).toEqual([wait, wait, renew, wait, wait, ask, wait, wait, renew])
})

describe("with two hits", () => {
  const policy = SimFreeze.make({ hits: 2, settled: 0.01, thaw: 0.1, keepLast: 1 })
  const settled = [started(3), ...Array.from({ length: 3 }, () => probed(0.9, 0.8, 0.7))]

  test("freezes what stood still twice, the head excepted", () => {
    expect(freezes(policy, settled.slice(0, 3))).toEqual([])
    expect(freezes(policy, settled)).toEqual([[true, true, false]])
  })

  test("one move in between begins the count again", () => {
    const history = [started(2), probed(0.9, 0), probed(0.9, 0), probed(0.5, 0), probed(0.5, 0), probed(0.5, 0)]
    expect(freezes(policy, history.slice(0, 5))).toEqual([])
    expect(freezes(policy, history)).toEqual([[true, false]])
  })

  test("a unit behind a moving one waits for it, with its count kept", () => {
    const moving = [0.1, 0.3, 0.5].map((first) => probed(first, 0.8, 0.7))
    const history = [started(3), ...moving, probed(0.5, 0.8, 0.7), probed(0.5, 0.8, 0.7)]
    expect(freezes(policy, history)).toEqual([[true, true, false]])
  })

  const after = (...similarity: ReadonlyArray<number>) => freezes(policy, [...settled, changed, probed(...similarity)])

  test("a new scenario thaws all, and what proves unmoved freezes again", () => {
    expect(freezes(policy, [...settled, changed]).at(-1)).toEqual([false, false, false])
    expect(after(0.88, 0.79, 0.1).at(-1)).toEqual([true, true, false])
    expect(after(0.88, 0.5, 0.7).at(-1)).toEqual([true, false, false])
  })

  test("what a new scenario moves, and all behind it, stays thawed and begins its count again", () => {
    expect(after(0.5, 0.8, 0.7).at(-1)).toEqual([false, false, false])
    const again = [...settled, changed, probed(0.5, 0.5, 0.7), probed(0.5, 0.5, 0.7)]
    expect(freezes(policy, again).at(-1)).toEqual([false, false, false])
    expect(freezes(policy, [...again, probed(0.5, 0.5, 0.7)]).at(-1)).toEqual([true, true, false])
  })

  test("a similarity that is undefined changes nothing", () => {
    expect(after(NaN, NaN, NaN).at(-1)).toEqual([false, false, false])
    expect(freezes(policy, [started(2), probed(NaN, NaN), probed(NaN, NaN), probed(NaN, NaN)])).toEqual([])
  })
})
