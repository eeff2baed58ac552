/** The laws as tests: each function registers those of one thing with vitest. */
import type { EnergyMeter, MeterError } from "@edgeol/core/EnergyMeter"
import type { Entry } from "@edgeol/core/Journal"
import * as EdgeOL from "@edgeol/core/policies/EdgeOL"
import type { Policy } from "@edgeol/core/Policy"
import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { anyHistory } from "@edgeol/verify/History"
import { anyScenario, type Scenario } from "../arbitraries/Scenario.ts"
import * as World from "../arbitraries/World.ts"
import * as Guard from "./Guard.ts"
import * as Journal from "./Journal.ts"
import * as Meter from "./Meter.ts"
import * as PolicyLaws from "@edgeol/verify/Laws"

/** Registers the laws of a policy. */
export const policy = (of: Policy, options: PolicyLaws.Options = {}): void => {
  describe(`laws of ${of.name}`, () => {
    test.each(Object.keys(PolicyLaws.laws))("%s", (law) => {
      const found = PolicyLaws.violationOf(law, of, options)
      if (found !== undefined) throw new Error(report(found))
    })
  })
}

/** The sentence, the shortest tape, and the line that replays it. */
const report = ({ sentence, history }: PolicyLaws.Violation) =>
  `${sentence}\nShortest tape: ${PolicyLaws.show(history)}\nReplay it with Policy.decisions(policy, tape).`

/** What a guard promises of every run. */
export interface Promised {
  readonly name: string
  /** How a run breaks it, in one sentence. */
  readonly broken: (tape: ReadonlyArray<Entry>, scenario: Scenario) => string | undefined
  /** Whether the guard had to do something in a run: a promise never put to the test is none. */
  readonly reached: (tape: ReadonlyArray<Entry>, scenario: Scenario) => boolean
}

/** Registers the laws of a guard around policies of all sorts, and its promise over simulated runs. */
export const guard = (name: string, of: Guard.Guard, promise: Promised): void => {
  describe(`laws of the guard ${name}`, () => {
    for (const inner of Guard.guarded) {
      policy(of(inner))
      test(`lets ${inner.name} see everything and changes only when rounds start`, () => {
        const holds = Guard.transparent(of, inner)
        const kept = fc.property(anyHistory(), (history) => holds(inner, history) === undefined)
        fc.assert(kept)
      })
    }
    test(promise.name, () => {
      let reached = 0
      const anyPolicy = fc.constantFrom(...Guard.guarded.map((_, i) => i))
      const kept = fc.property(anyPolicy, anyScenario(), (i, scenario) => {
        const { tape } = World.run(of(Guard.guarded[i]!), scenario)
        if (promise.reached(tape, scenario)) reached += 1
        expect(promise.broken(tape, scenario)).toBeUndefined()
      })
      fc.assert(kept, { numRuns: 200 })
      expect(reached).toBeGreaterThan(10)
    })
  })
}

/** Registers the laws of an energy meter. */
export const meter = (name: string, open: Effect.Effect<EnergyMeter["Service"], MeterError>): void => {
  test(`laws of the meter ${name}`, () => {
    const [any, runs] = [Meter.anyLedger(), 50]
    const kept = fc.asyncProperty(any, any, any, async (from, elsewhere, spent) => {
      const checked = Effect.flatMap(open, (opened) => Meter.check(opened, from, elsewhere, spent))
      expect(await Effect.runPromise(checked)).toBeUndefined()
    })
    return fc.assert(kept, { numRuns: runs })
  })
}

/** Registers the law of a journal: `open` gives an empty place to keep one, each time another. */
export const journal = <E>(name: string, open: Effect.Effect<Journal.Store<E>, E>): void => {
  test(`law of the journal ${name}`, () => {
    const kept = fc.asyncProperty(anyScenario(), fc.nat(), fc.nat(), async (scenario, first, rest) => {
      const { tape, snapshots } = World.run(EdgeOL.make({ freeze: { every: 3 } }), scenario)
      const cut = snapshots[first % snapshots.length]!
      const before = { entries: tape.slice(0, cut.entries), snapshot: cut.state }
      const after = { entries: tape.slice(cut.entries), snapshot: snapshots.at(-1)!.state }
      const lost = after.entries.slice(0, rest % (after.entries.length + 1))
      const checked = Effect.flatMap(open, (store) => Journal.check(store, before, lost, after))
      expect(await Effect.runPromise(checked as Effect.Effect<string | undefined, E>)).toBeUndefined()
    })
    return fc.assert(kept, { numRuns: 20 })
  })
}
