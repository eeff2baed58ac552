/** One policy, three ways to run it: Loop on a virtual clock, Loop on Effect's test clock, and a fold over the tape. */
import * as Decision from "@edgeol/core/Decision"
import type { Entry } from "@edgeol/core/Journal"
import * as Ledger from "@edgeol/core/Ledger"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as Policies from "@edgeol/core/Policies"
import * as Policy from "@edgeol/core/Policy"
import * as Summary from "@edgeol/core/Summary"
import { seconds } from "@edgeol/core/Units"
import { anyConfig, anyScenario, anySpecification, build, envelope, type Scenario, World } from "@edgeol/test"
import * as Json from "@edgeol/test/laws/Json"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const free = {
  startUp: 0,
  load: 0,
  forward: 1,
  backward: 1,
  optimiser: 0,
  probe: 0,
  validation: 0,
  head: 0,
  save: 0,
  inference: 0
}
const anyRun = () => fc.record({ specification: anySpecification(), scenario: anyScenario() })

const foldOf = (policy: Policy.Policy, tape: ReadonlyArray<Entry>) =>
  Policy.decisions(
    policy,
    tape.map(({ observation }) => observation)
  )

const kinds = (tape: ReadonlyArray<Entry>) => new Set(tape.map(({ observation }) => observation._tag))

describe.each(Object.keys(Policies.all))("%s", (name) => {
  const anyPolicy = fc.record({ name: fc.constant(name), config: anyConfig[name]! })

  test("decides alike under the test clock, a virtual clock, and folded over the tape", async () => {
    const seen = new Set<string>()
    const alike = fc.asyncProperty(anyPolicy, anyScenario(), async (specification, scenario) => {
      const { tape } = World.run(build(specification), scenario)
      const real = await World.runOnTestClock(build(specification), scenario)
      expect(real.tape).toEqual(tape)
      expect(foldOf(build(specification), tape)).toEqual(tape.map(({ decision }) => decision))
      kinds(tape).forEach((kind) => seen.add(kind))
    })
    await fc.assert(alike, { numRuns: 25 })
    expect(seen).toContain("RequestServed")
    expect(seen.has("RoundFinished")).toBe(name !== "never" && name !== "head")
  })
})

test("decides alike under guards too", async () => {
  const alike = fc.asyncProperty(anyRun(), async ({ specification, scenario }) => {
    const { tape } = World.run(build(specification), scenario)
    expect((await World.runOnTestClock(build(specification), scenario)).tape).toEqual(tape)
    expect(foldOf(build(specification), tape)).toEqual(tape.map(({ decision }) => decision))
  })
  await fc.assert(alike, { numRuns: 100 })
})

test("every second belongs to an activity: the ledger adds up to the clock", () => {
  const adds = fc.property(anyRun(), ({ specification, scenario }) => {
    const { tape } = World.run(build(specification), scenario)
    const clock = tape.at(-1)!.observation.at
    expect(Math.abs(Ledger.total(Summary.summarise(tape).seconds) - clock)).toBeLessThan(1e-9)
  })
  fc.assert(adds, { numRuns: 200 })
})

test("time never goes back, and consequences follow their causes at once", () => {
  const ordered = fc.property(anyRun(), ({ specification, scenario }) => {
    const { tape } = World.run(build(specification), scenario)
    tape.slice(1).forEach(({ observation }, i) => {
      expect(observation.at).toBeGreaterThanOrEqual(tape[i]!.observation.at)
      const asked = Decision.parts(tape[i]!.decision).find((part) => part._tag === "Validate" || part._tag === "Probe")
      if (asked?._tag === "Validate") expect(observation._tag).toBe("Validated")
      if (asked?._tag === "Probe") expect(observation._tag).toBe("Probed")
    })
  })
  fc.assert(ordered, { numRuns: 100 })
})

test("answers requests between steps: at most the step under way goes before", () => {
  let during = 0
  const prompt = fc.property(anyRun(), ({ specification, scenario }) => {
    const { tape } = World.run(build(specification), scenario)
    const { stepsBeforeAnswer } = envelope(tape)
    expect(stepsBeforeAnswer).toBeLessThanOrEqual(1)
    if (stepsBeforeAnswer === 1) during += 1
  })
  fc.assert(prompt, { numRuns: 200 })
  expect(during).toBeGreaterThan(10)
})

test("a round is billed for its own seconds and joules, not for the requests answered in it", () => {
  let billed = 0
  const own = fc.property(anyRun(), ({ specification, scenario }) => {
    let [seconds, joules] = [0, 0]
    for (const { observation, costs, joules: spent } of World.run(build(specification), scenario).tape) {
      if (observation._tag === "RoundStarted") [seconds, joules] = [0, 0]
      seconds += Ledger.total(costs, Ledger.fineTuning)
      joules += spent.fineTuning
      if (observation._tag !== "RoundFinished") continue
      expect(Math.abs(observation.seconds - seconds)).toBeLessThan(1e-9)
      expect(Math.abs(observation.joules - joules)).toBeLessThan(1e-6)
      billed += 1
    }
  })
  fc.assert(own)
  expect(billed).toBeGreaterThan(50)
})

test("trains each waiting batch exactly once", () => {
  const once = fc.property(anyRun(), ({ specification, scenario }) => {
    const { tape } = World.run(build(specification), scenario)
    let waiting = 0
    for (const { observation } of tape) {
      if (observation._tag === "BatchArrived") waiting += 1
      if (observation._tag !== "RoundStarted") continue
      expect(observation.batches).toBe(waiting)
      waiting = 0
    }
  })
  fc.assert(once, { numRuns: 200 })
})

test("goes on after a kill at any snapshot: the same tape and summary", () => {
  let resumed = 0
  const goesOn = fc.property(anyRun(), fc.nat(), ({ specification, scenario: drawn }, pick) => {
    // The count to the next NaN is no part of a checkpoint.
    const scenario = { ...drawn, nanEvery: 0 }
    const whole = World.run(build(specification), scenario)
    const { entries, state } = whole.snapshots[pick % whole.snapshots.length]!
    const rest = World.run(build(specification), scenario, Json.roundTrip(state))
    const tape = [...whole.tape.slice(0, entries), ...rest.tape]
    expect(tape).toEqual(whole.tape)
    expect(Summary.summarise(tape)).toEqual(Summary.summarise(whole.tape))
    if (state.rounds > 1) resumed += 1
  })
  fc.assert(goesOn, { numRuns: 300 })
  expect(resumed).toBeGreaterThan(30)
})

test("goes on from a save of the head between lines, to the bit", () => {
  const arrivals = Array.from(
    { length: 40 },
    (_, id) => ({ _tag: "Batch", at: seconds(0.013 * id), id, samples: 1 }) as const
  )
  const scenario: Scenario = { units: 2, arrivals, costs: { ...free, head: 3, save: 7 }, nanEvery: 0, budget: 0 }
  const policy = Policies.parse("head")
  const whole = World.run(policy, scenario)
  const between = whole.snapshots.filter(({ state }) => state.pending !== undefined)
  expect(between.length).toBeGreaterThan(1)
  for (const { entries, state } of between) {
    const rest = World.run(policy, scenario, Json.roundTrip(state))
    expect(rest.tape).toEqual(whole.tape.slice(entries))
    const later = whole.snapshots.filter((snapshot) => snapshot.entries > entries)
    expect(rest.snapshots.map((snapshot) => snapshot.state)).toEqual(later.map((snapshot) => snapshot.state))
  }
})

describe("decisions", () => {
  const at = seconds
  const scenario: Scenario = {
    units: 2,
    arrivals: [
      { _tag: "Batch", at: at(0.1), id: 0, samples: 20 },
      { _tag: "Request", at: at(9), id: 0 }
    ],
    costs: free,
    nanEvery: 0,
    budget: 0
  }
  const asking = (tag: Entry["observation"]["_tag"], decision: Decision.Decision) =>
    Policy.make({
      name: "asking",
      config: {},
      initial: null,
      decide: (_, state, observation) => [state, observation._tag === tag ? decision : Decision.wait]
    })
  const and = (first: Policy.Policy, second: Policy.Policy) => Policy.both("and", first, second)
  const tags = (policy: Policy.Policy) => World.run(policy, scenario).tape.map(({ observation }) => observation._tag)

  test("a timer fires once, also at a time that no clock can show exactly", () => {
    const alarm = asking("BatchArrived", Decision.wakeAt(at(0.1 + 0.2)))
    expect(tags(alarm)).toEqual(["Started", "BatchArrived", "TimerFired", "RequestServed"])
  })

  test("a timer in the past fires at once, and equal ones fire together", () => {
    const twice = Decision.all(Decision.wakeAt(at(0)), Decision.wakeAt(at(0)), Decision.wakeAt(at(0.05)))
    expect(tags(asking("BatchArrived", twice)).filter((tag) => tag === "TimerFired")).toHaveLength(2)
  })

  test("stopping a round ends it after the step", () => {
    const tape = tags(and(Immediate.make(), asking("StepFinished", Decision.stopRound)))
    expect(tape.filter((tag) => tag === "StepFinished")).toHaveLength(1)
    expect(tape).toContain("RoundFinished")
  })

  test("a recipe holds from the next round on, and what it does not say stays", () => {
    const says = and(
      asking("Started", Decision.recipe({ epochs: 2, share: 0.5 })),
      asking("RoundStarted", Decision.recipe({ epochs: 3 }))
    )
    const { tape, snapshots } = World.run(and(Immediate.make(), says), scenario)
    expect(tape.filter(({ observation }) => observation._tag === "StepFinished")).toHaveLength(2 * 10)
    expect(snapshots.at(-1)!.state.recipe).toEqual({ epochs: 3, share: 0.5 })
  })

  test("the head always trains", () => {
    const all = and(Immediate.make(), asking("Started", Decision.freeze([true, true, true])))
    const { snapshots } = World.run(all, scenario)
    expect(snapshots.at(-1)!.state.frozen).toEqual([true, false])
  })

  test("asking to train while nothing waits has no effect", () => {
    const tape = tags(and(asking("Started", Decision.train), asking("RequestServed", Decision.train)))
    expect(tape).toEqual(["Started", "BatchArrived", "RequestServed", "RoundStarted", ...steps(20), "RoundFinished"])
  })

  const steps = (count: number) => Array.from({ length: count }, () => "StepFinished")

  test("a pretest is answered where a batch waits, and only there", () => {
    expect(tags(asking("Started", Decision.pretest))).not.toContain("Pretested")
    expect(tags(asking("BatchArrived", Decision.pretest))).toContain("Pretested")
    expect(tags(and(Immediate.make(), asking("RoundFinished", Decision.pretest)))).not.toContain("Pretested")
  })

  test("a probe without batches is not answered, one with batches is", () => {
    expect(tags(asking("Started", Decision.probe({ renew: true })))).not.toContain("Probed")
    expect(tags(asking("BatchArrived", Decision.probe({ renew: false })))).toContain("Probed")
  })
})
