/**
 * Every policy by name: with the promises that `edgeol verify` proposes after some drawn days, no day that keeps them makes
 * the guard step aside in 24 simulated hours of other days, and each fault that breaks one makes it within one decision.
 */
import * as Verdict from "@edgeol/cli/verify/Verdict"
import * as Stage from "@edgeol/cli/verify/Stage"
import * as Trial from "@edgeol/cli/verify/Trial"
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as Promises from "@edgeol/core/guards/Promises"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import * as Scenario from "@edgeol/sim/Scenario"
import type { Day } from "@edgeol/verify/AnyDay"
import { Effect, Option } from "effect"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import * as Days from "./Days.ts"

const configured: Readonly<Record<string, string>> = {
  periodic: "periodic:4",
  prefix: "prefix:2",
  "last-k": "last-k:2",
  epochs: "epochs:2",
  hard: "hard:0.5",
  replay: "replay:16"
}
const policies = Object.keys(Policies.all).map((name) => configured[name] ?? name)

let stage: Stage.Stage
let unseen: ReadonlyArray<Day>
let days: Days.Days
beforeAll(async () => {
  const on = {
    stream: "patterns/nic",
    device: "orin-nano@15W",
    rounds: "warm",
    scenarios: Option.some("none")
  } as const
  stage = await Effect.runPromise(Stage.open(on))
  unseen = fc.sample(stage.days, { numRuns: 20, seed: 77 })
  days = await Days.load(hours)
})

/** Six hours of the day, as busy as ever in four scenes. */
const hours = (day: Scenario.Scenario): Scenario.Scenario => ({
  ...day,
  schedule: day.schedule.map((stretch) => ({ ...stretch, duration: 1.5 * 3600 }))
})
const noon = 3 * 3600
const batchesPerHour = 50

/** A day under guard: where promises stood at their worst before a breach, and the breach. */
const guarded = (policy: Policy, bounds: Envelope.Envelope, { scenario, seed }: Day) => {
  const guard = Promises.guard(bounds)(policy)
  let last = guard.initial
  const seen: Policy<Promises.State> = {
    ...guard,
    decide(state, observation) {
      const step = guard.decide(state, observation)
      last = step[0]
      return step
    }
  }
  Stage.play(stage, stage.opened(scenario), seen, seed)
  return last
}

/** How close days came to what was promised, and how many went beyond it. */
const reached = { inside: new Array<number>(), outside: 0 }

describe.each(policies)("%s", (name) => {
  const policy = Policies.parse(name)

  test("is left alone in 24 hours of other days that keep what verify proposes to promise", async () => {
    const tried = await Effect.runPromise(Trial.all(stage, policy, { cases: 8, seeds: 1, seed: 1 }))
    expect(tried.runs.filter(({ watched }) => watched.stuck !== undefined)).toEqual([])
    const bounds = Verdict.roomy(Verdict.rows({}, tried))
    let inside = 0
    for (const day of unseen) {
      if (inside >= 24 * 3600) break
      const { breach, most } = guarded(policy, bounds, day)
      if (breach === null) inside += Scenario.seconds(day.scenario)
      else expect(Envelope.broken(bounds, Trial.onDay(stage, policy, day).worst)).toBeDefined()
      const share = Math.max(...Envelope.names.map((promise) => most[promise] / (bounds[promise] || Infinity)))
      if (breach === null) reached.inside.push(share)
      else reached.outside += 1
    }
    expect(inside).toBeGreaterThan(24 * 3600)
  })

  test("is stepped aside from within one decision when watts, time or the policy go wrong", () => {
    const seeds = [1, 2]
    const usual = seeds.map((seed) => Days.around([Days.live(days, policy, seed).tape], 1.1))
    const found = seeds.flatMap((seed, i) => {
      const { joulesPerHour, latency, roundsPerHour } = usual[i]!
      return [
        Days.noticed(days, policy, seed, { joulesPerHour }, Days.hungry),
        Days.noticed(days, policy, seed, { latency }, Days.slow(noon)),
        Days.noticed(days, Days.thrashing(policy, noon), seed, { roundsPerHour })
      ]
    })
    const most = (promise: keyof Days.Bounds) => Math.max(...usual.map((bounds) => bounds[promise]))
    expect(found).toContain("latency")
    expect(found.includes("joulesPerHour")).toBe(most("joulesPerHour") > 0)
    // Who learns every batch makes as many rounds as there can be.
    expect(found.includes("roundsPerHour")).toBe(most("roundsPerHour") < batchesPerHour)
  })
})

test("some of those days came close to what was promised, and some went beyond", () => {
  expect(Math.max(...reached.inside)).toBeGreaterThan(0.75)
  expect(reached.outside).toBeGreaterThan(0)
  expect(reached.inside.length).toBeGreaterThan(3 * reached.outside)
})
