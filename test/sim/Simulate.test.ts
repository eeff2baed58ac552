/** One scenario through `Simulate` and through `Loop` on virtual time: equal tapes, equal books, to the bit. */
import * as Decision from "@edgeol/core/Decision"
import * as Fingerprint from "@edgeol/core/Fingerprint"
import { type Entry, memory } from "@edgeol/core/Journal"
import * as Ledger from "@edgeol/core/Ledger"
import * as Loop from "@edgeol/core/Loop"
import type { Policy } from "@edgeol/core/Policy"
import { decisions } from "@edgeol/core/Policy"
import * as EnergyBudget from "@edgeol/core/guards/EnergyBudget"
import * as MaxWait from "@edgeol/core/guards/MaxWait"
import * as Recipe from "@edgeol/core/Recipe"
import * as Summary from "@edgeol/core/Summary"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import * as Services from "@edgeol/sim/Services"
import * as Simulate from "@edgeol/sim/Simulate"
import { anySimWorld, anySpecification, build } from "@edgeol/test"
import { Clock, Effect, Layer, Option } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

const throughLoop = (policy: Policy, world: Simulate.World): ReadonlyArray<Entry> => {
  const tape: Array<Entry> = []
  const services = Layer.merge(Services.layer(world), memory(tape, Option.none()))
  const looped = Effect.provide(Loop.run(policy, world.options), services)
  Effect.runSync(Effect.provideService(looped, Clock.Clock, VirtualClock.make()))
  return tape
}

const guards = [
  <State>(policy: Policy<State>) => policy as Policy,
  EnergyBudget.guard({ capacity: 20, income: 0.5, round: 1 }),
  MaxWait.guard({ seconds: 0.75 })
]

const anyPolicy = fc
  .tuple(anySpecification(), fc.constantFrom(...guards))
  .map(([specification, guard]) => guard(build(specification)))

test("is the loop on virtual time, event by event", () => {
  let [rounds, timers, frozen, probes, cached, judged] = [0, 0, 0, 0, 0, 0]
  const agree = fc.property(anyPolicy, anySimWorld(), (policy, world) => {
    const tape: Array<Entry> = []
    const { summary, fingerprint } = Simulate.run(policy, world(), (entry) => tape.push(entry))
    const looped = throughLoop(policy, world())
    for (const [line, entry] of looped.entries()) expect(tape[line]).toEqual(entry)
    expect(tape).toHaveLength(looped.length)
    expect(summary).toEqual(Summary.summarise(looped))
    expect(fingerprint).toBe(Fingerprint.of(looped))
    rounds += summary.rounds
    let [said, deep]: [Recipe.Recipe, boolean] = [{}, false]
    for (const { observation, decision, costs } of tape) {
      for (const part of Decision.parts(decision)) {
        if (part._tag === "Recipe") said = Recipe.merge(said, part.recipe)
        if (part._tag === "Freeze") deep = part.units[0] === true
      }
      cached += observation._tag === "StepFinished" && said.cache === true && deep ? 1 : 0
      judged += observation._tag === "RoundStarted" && costs.validation !== undefined ? 1 : 0
      timers += observation._tag === "TimerFired" ? 1 : 0
      probes += observation._tag === "Probed" ? 1 : 0
      frozen += decision._tag === "Freeze" && decision.units.includes(true) ? 1 : 0
    }
  })
  fc.assert(agree, { numRuns: 300 })
  for (const reached of [rounds, timers, probes, frozen, cached, judged]) expect(reached).toBeGreaterThan(20)
})

test("the tape, folded through the policy, gives the same decisions", () => {
  const same = fc.property(anyPolicy, anySimWorld(), (policy, world) => {
    const tape: Array<Entry> = []
    Simulate.run(policy, world(), (entry) => tape.push(entry))
    const again = decisions(
      policy,
      tape.map(({ observation }) => observation)
    )
    expect(again).toEqual(tape.map(({ decision }) => decision))
  })
  fc.assert(same)
})

test("the books add up to the clock and the bills to the joules", () => {
  const balanced = fc.property(anyPolicy, anySimWorld(), (policy, world) => {
    const tape: Array<Entry> = []
    const { summary } = Simulate.run(policy, world(), (entry) => tape.push(entry))
    const end = tape.at(-1)!.observation.at
    expect(Math.abs(Ledger.total(summary.seconds) - end)).toBeLessThanOrEqual(1e-9 * Math.max(1, end))
    const lines = tape.reduce((sum, { joules }) => sum + joules.fineTuning, 0)
    expect(Math.abs(summary.joules - lines)).toBeLessThanOrEqual(1e-9 * Math.max(1, lines))
  })
  fc.assert(balanced)
})
