/** Emulated and simulated runs of one policy value: real training and a surrogate, on the same clock and device. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Recorded from "@edgeol/cli/Recorded"
import * as Settings from "@edgeol/cli/Settings"
import * as Simulation from "@edgeol/cli/simulate/Simulation"
import * as World from "@edgeol/cli/World"
import * as Difference from "@edgeol/core/Difference"
import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Experiment from "@edgeol/streams/Experiment"
import { Console, Effect, Option, Result } from "effect"
import { describe, expect, test } from "vitest"
import * as Edgeol from "./Edgeol.ts"

/** As many units as the surrogate's. */
const model = "{ kind: convnet, widths: [4, 8, 8] }"
/** Steps as many and as large as those that the surrogate was fitted on, so that they take as long. */
const training = "{ optimiser: sgd, learningRate: 0.01, momentum: 0.9, weightDecay: 0.0005, batchSize: 16, epochs: 8 }"

/** A day of twenty minutes. */
const day = (device: object = {}, requests: object = {}): Scenario.Scenario =>
  Result.getOrThrow(
    Scenario.parse(
      JSON.stringify({
        name: "short",
        version: 1,
        stream: "patterns/nic@1",
        schedule: [
          { scene: 1, duration: 600 },
          { name: "fog", scene: 2, duration: 600 }
        ],
        batches: { count: 3, samples: 16, validation: 4 },
        requests: { rate: 0.02, ...requests },
        device: { name: "orin-nano@15W", ...device }
      }),
      "short"
    )
  )

const worldOf = async (folder: string, scenario?: Scenario.Scenario) => {
  const { experiment } = await Effect.runPromise(Experiment.load(Edgeol.tiny(folder, { model, training })))
  const what = { name: "patterns/nic@1", experiment }
  const settings = {
    data: "",
    rounds: "warm",
    clock: "modelled",
    costs: "device",
    device: Option.none(),
    threads: Option.some(1)
  } as const
  const arriving = scenario === undefined ? {} : { scenario: { source: "short", scenario, traces: new Map() } }
  return Effect.runPromise(Settings.furnish({ ...what, ...arriving }, settings))
}

const emulate = (world: World.World, policy: Policy, folder: string, resume = false) =>
  Effect.runPromise(
    World.run(world, { policy, seed: 7, folder, initial: join(folder, "initial"), resume }).pipe(
      Effect.provideService(Console.Console, { ...globalThis.console, error: () => undefined })
    )
  )

const simulate = async (world: World.World, policy: Policy): Promise<ReadonlyArray<Entry>> => {
  const surrogate = await Effect.runPromise(Atlas.of("patterns/nic@1"))
  const scenario = world.scenario?.scenario ?? Scenario.ofExperiment(world.experiment, surrogate.body.scenes.slice(1))
  const tape: Array<Entry> = []
  const opened = { scenario, traces: new Map(), surrogate, workload: world.workload! }
  const setting = { policy, seed: 7, device: Equipment.nameOf(scenario), rounds: world.rounds }
  Simulation.run(opened, setting, (entry) => tape.push(entry))
  return tape
}

/** What arrives, whatever is learnt: when it was taken, or for requests, when it came. */
const arrivals = (tape: ReadonlyArray<Entry>): ReadonlyArray<ReadonlyArray<string | number>> =>
  tape.flatMap(({ observation: seen }): ReadonlyArray<ReadonlyArray<string | number>> => {
    switch (seen._tag) {
      case "BatchArrived":
        return [[seen._tag, seen.at, seen.batch, seen.samples]]
      case "ScenarioChanged":
        return [[seen._tag, seen.at]]
      case "RequestServed":
        return [[seen._tag, seen.arrivedAt, seen.request]]
      default:
        return []
    }
  })

/** When what happened, and what it took. */
const course = (tape: ReadonlyArray<Entry>) =>
  tape.map(({ observation: { _tag: tag, at }, decision, costs }) => ({ tag, at, decision, costs }))

/** To a nJ: without a state of the device they are summed in another order. */
const expectSameJoules = (one: ReadonlyArray<Entry>, other: ReadonlyArray<Entry>) => {
  for (const [i, { joules }] of one.entries()) {
    expect(Math.abs(joules.all - other[i]!.joules.all)).toBeLessThan(1e-9)
    expect(Math.abs(joules.fineTuning - other[i]!.joules.fineTuning)).toBeLessThan(1e-9)
  }
}

describe("an experiment", () => {
  test.each(["never", "immediate", "periodic:2"])("emulated and simulated under %s has one course", async (name) => {
    const folder = Edgeol.folder()
    const world = await worldOf(folder)
    const policy = Policies.parse(name)
    const { tape } = await emulate(world, policy, join(folder, "run"))
    const simulated = await simulate(world, policy)
    expect(arrivals(tape.entries)).toEqual(arrivals(simulated))
    expect(arrivals(tape.entries)).toHaveLength(4 * (1 + 3 + 5))
    expect(course(tape.entries)).toEqual(course(simulated))
    expectSameJoules(tape.entries, simulated)
    const difference = Difference.first(tape.entries, simulated)
    expect(difference?.what).toBe("observation")
    expect(["RequestServed", "StepFinished"]).toContain(difference?.one?.observation._tag)
  })
})

describe("a scenario", () => {
  const modes = [{ at: 300, mode: "7W" }]
  const thermal = { resistance: 2, capacity: 20, ambient: 20, throttleAt: 24, factor: 0.5 }
  const battery = { capacity: 4000 }

  test.each([
    ["with power modes", { modes }, {}],
    ["with heat and drawn service times", { thermal }, { service: { kind: "exponential", mean: 2 } }],
    ["with a battery and a budget", { battery, budget: 4 }, {}]
  ])("%s takes what it takes in simulation", async (_, device, requests) => {
    const folder = Edgeol.folder()
    const world = await worldOf(folder, day(device, requests))
    const policy = Policies.parse("immediate")
    const { tape, summary } = await emulate(world, policy, join(folder, "run"))
    const simulated = await simulate(world, policy)
    expect(course(tape.entries)).toEqual(course(simulated))
    expectSameJoules(tape.entries, simulated)
    const plain = await simulate(await worldOf(folder, day()), policy)
    expect(course(plain)).not.toEqual(course(simulated))
    const guarded = Equipment.within(policy, Equipment.kinds(world.scenario!.scenario)[0]!)
    const difference = Difference.replayed(tape.entries, guarded)
    expect(difference === undefined ? undefined : Difference.sentence(difference)).toBeUndefined()
    if (!("battery" in device)) return
    expect(arrivals(tape.entries).length).toBeLessThan(arrivals(plain).length)
    expect(summary.rounds).toBeLessThan(6)
    expect(summary.joules).toBeLessThanOrEqual(4)
  })

  test("decides by its policy alone", async () => {
    const folder = Edgeol.folder()
    const world = await worldOf(folder, day())
    const policy = Policies.parse("edgeol:frequency.needMin=1,frequency.needMax=2")
    const { tape, summary } = await emulate(world, policy, join(folder, "run"))
    expect(summary.rounds).toBeGreaterThan(1)
    const difference = Difference.replayed(tape.entries, policy)
    expect(difference === undefined ? undefined : Difference.sentence(difference)).toBeUndefined()
    expect(Difference.replayed(tape.entries, Policies.parse("never"))?.what).toBe("decision")
  })

  test.each([
    ["goes on", {}],
    ["starts over, where its device has a state,", { battery: { capacity: 1e6 } }]
  ])("that was stopped %s to the same end", async (_, device) => {
    const folder = Edgeol.folder()
    const world = await worldOf(folder, day(device))
    const policy = Policies.parse("immediate")
    const run = join(folder, "run")
    const whole = await emulate(world, policy, run)
    const read = () => readFileSync(join(run, "tape.ndjson"), "utf8")
    const [text, snapshot] = [read(), readFileSync(join(run, "snapshot.json"))]
    rmSync(join(run, "ended.json"))
    writeFileSync(join(run, "tape.ndjson"), text.slice(0, -100))
    expect(await emulate(world, policy, run, true)).toEqual(whole)
    expect(read()).toBe(text)
    expect(readFileSync(join(run, "snapshot.json"))).toEqual(snapshot)
    const again = await Effect.runPromise(Recorded.what(run, whole.tape.header))
    expect(again).toEqual({ name: world.name, experiment: world.experiment, scenario: world.scenario })
    expect(existsSync(join(run, "ended.json"))).toBe(true)
  })

  test("has as many arrivals as are counted", async () => {
    const folder = Edgeol.folder()
    for (const scenario of [undefined, day()]) {
      const world = await worldOf(folder, scenario)
      const all = arrivals(await simulate(world, Policies.parse("never")))
      expect(World.length(world, 7)).toBe(all.filter(([tag]) => tag !== "ScenarioChanged").length)
    }
  })
})
