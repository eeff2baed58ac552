/**
 * A simulated day under guard. Whatever goes wrong (watts, latency, a policy that thrashes), the guard steps aside
 * in the very decision in which a plain recount of the tape first finds a promise broken; and it never does on a day that
 * keeps them.
 */
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Workload from "@edgeol/cli/Workload"
import * as Decision from "@edgeol/core/Decision"
import type { Envelope } from "@edgeol/core/guards/Envelope"
import * as Promises from "@edgeol/core/guards/Promises"
import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import * as Experiment from "@edgeol/streams/Experiment"
import * as ScenarioFile from "@edgeol/streams/ScenarioFile"
import { Effect } from "effect"
import { beforeAll, describe, expect, test } from "vitest"
import * as Promised from "../laws/Promised.ts"

const noon = 12 * 3600
const device = "orin-nano@15W"

type Fault = Partial<Pick<Simulate.World, "energy" | "pace">>
type Spoil = (world: Simulate.World) => Fault

let day: (seed: number) => Simulate.World
beforeAll(async () => {
  const [{ experiment }, surrogate, { scenario }] = await Effect.runPromise(
    Effect.all([Experiment.load("patterns/nic"), Atlas.of("patterns/nic@1"), ScenarioFile.load("day")])
  )
  const workload = await Effect.runPromise(Workload.of(experiment))
  day = (seed) => ({
    timeline: Scenario.timeline(scenario, seed),
    learner: SurrogateLearner.make(surrogate, { seed }),
    costs: Equipment.costs(device, workload),
    cold: true,
    batchSize: surrogate.body.batchSize,
    ...Equipment.plain(Equipment.power(device, workload))
  })
})

/** A day, its last state and its tape. */
const live = (policy: Policy, seed: number, spoil: Spoil = () => ({})) => {
  const tape: Array<Entry> = []
  const world = day(seed)
  let state: unknown
  const seen: Policy = {
    ...policy,
    decide(before, observation) {
      const step = policy.decide(before, observation)
      state = step[0]
      return step
    }
  }
  const { fingerprint } = Simulate.run(seen, { ...world, ...spoil(world) }, (entry) => void tape.push(entry))
  return { tape, fingerprint, breach: Promises.breach(state) }
}

type Bounds = Required<Pick<Envelope, keyof Promised.Stand>>
const names = ["joulesPerHour", "roundsPerHour", "staleness", "latency"] as const

/** The worst of these tapes, and so much more. */
const around = (tapes: ReadonlyArray<ReadonlyArray<Entry>>, more: number): Bounds => {
  const stands = tapes.flatMap(Promised.along)
  const bound = (name: keyof Bounds) => more * stands.reduce((most, stand) => Math.max(most, stand[name]), 0)
  return {
    joulesPerHour: bound("joulesPerHour"),
    roundsPerHour: bound("roundsPerHour"),
    staleness: bound("staleness"),
    latency: bound("latency")
  }
}

const isOutside = (bounds: Envelope) => (stand: Promised.Stand) =>
  names.some((name) => stand[name] > (bounds[name] ?? Infinity))

const policies = ["immediate", "periodic:4", "edgeol", "breakEven:20"]

describe.each(policies)("%s", (name) => {
  const policy = Policies.parse(name)

  test("is left alone in 24 hours inside the envelope, which other days drew", () => {
    const bounds = around(
      [11, 12, 13, 14].map((seed) => live(policy, seed).tape),
      1.25
    )
    let inside = 0
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const bare = live(policy, seed)
      const guarded = live(Promises.guard(bounds)(policy), seed)
      expect(bare.tape.at(-1)!.observation.at).toBeGreaterThan(23 * 3600)
      const stands = Promised.along(bare.tape)
      expect(guarded.breach !== undefined).toBe(stands.some(isOutside(bounds)))
      if (guarded.breach !== undefined) continue
      inside += 1
      expect(guarded.fingerprint).toBe(bare.fingerprint)
    }
    expect(inside).toBeGreaterThan(3)
  })

  /**
   * The promise that breaks on a day that goes wrong. The guard acts at the line where a recount first finds it broken; on
   * a day that keeps to it all the same, nowhere.
   */
  const noticed = (seed: number, bounds: Envelope, spoil: Spoil, spoilt = policy) => {
    const bare = live(spoilt, seed, spoil)
    const place = Promised.along(bare.tape).findIndex(isOutside(bounds))
    const { tape, breach } = live(Promises.guard(bounds)(spoilt), seed, spoil)
    expect(breach === undefined).toBe(place < 0)
    if (place < 0) return undefined
    const { observation, decision } = tape[place]!
    expect(breach?.at).toBe(observation.at)
    expect(tape.slice(0, place).map(decided)).toEqual(bare.tape.slice(0, place).map(decided))
    expect(Decision.has(decision, "StopRound")).toBe(isRunning(tape.slice(0, place + 1)))
    const later = tape.slice(place)
    expect(later.length).toBeGreaterThan(10)
    expect(later.some((entry) => Decision.has(entry.decision, "Train"))).toBe(false)
    expect(later.slice(1).filter(({ observation }) => observation._tag === "StepFinished")).toEqual([])
    return breach?.promise
  }

  const seeds = [1, 2, 3, 4]
  const usual = (seed: number) => around([live(policy, seed).tape], 1.1)

  test("is stepped aside from when all watts are 20 % more", () => {
    const found = seeds.map((seed) => noticed(seed, { joulesPerHour: usual(seed).joulesPerHour }, hungry))
    // breakEven makes fewer rounds when they cost more, and may stay within its promise.
    expect(found).toContain("joulesPerHour")
  })

  test("is stepped aside from when everything takes three times as long from noon on", () => {
    const found = seeds.map((seed) => noticed(seed, { latency: usual(seed).latency }, slow))
    expect(found).toContain("latency")
  })

  // A round takes a batch at least: one at every batch is as many as there can be.
  test.skipIf(name === "immediate")("is stepped aside from when it thrashes from noon on", () => {
    const found = seeds.map((seed) =>
      noticed(seed, { roundsPerHour: usual(seed).roundsPerHour }, () => ({}), thrashing(policy))
    )
    expect(found).toContain("roundsPerHour")
  })
})

const decided = ({ observation, decision }: Entry) => [observation, decision]

/** Whether the last round has not finished. */
const isRunning = (tape: ReadonlyArray<Entry>) =>
  tape.findLast(({ observation: { _tag } }) => _tag === "RoundStarted" || _tag === "RoundFinished")?.observation
    ._tag === "RoundStarted"

const hungry: Spoil = ({ energy }) => {
  let [last, total] = [0, 0]
  return {
    energy(seconds, at, touched) {
      const now = energy(seconds, at, touched)
      total += (now - last) * 1.2
      last = now
      return total
    }
  }
}

const slow: Spoil = () => ({ pace: (_, nominal, at) => (at >= noon ? 3 * nominal : nominal) })

/** Asks for a round at whatever happens, and stops each as it begins, so that there are as many as can be. */
const thrashing = (policy: Policy): Policy => ({
  ...policy,
  decide(state, observation) {
    if (observation.at < noon) return policy.decide(state, observation)
    return [state, observation._tag === "RoundStarted" ? Decision.stopRound : Decision.train]
  }
})
