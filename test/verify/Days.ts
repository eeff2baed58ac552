/** Simulated days, what goes wrong on them, and whether a guard acts at the line where a recount first finds a promise broken. */
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Workload from "@edgeol/cli/Workload"
import * as Decision from "@edgeol/core/Decision"
import type { Envelope } from "@edgeol/core/guards/Envelope"
import * as Promises from "@edgeol/core/guards/Promises"
import type { Entry } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import * as Experiment from "@edgeol/streams/Experiment"
import * as ScenarioFile from "@edgeol/streams/ScenarioFile"
import { Effect } from "effect"
import { expect } from "vitest"
import * as Promised from "../laws/Promised.ts"

const device = "orin-nano@15W"

export type Days = (seed: number) => Simulate.World

/** The scenario `day`, from beginning to end or otherwise. */
export const load = async (change = (day: Scenario.Scenario) => day): Promise<Days> => {
  const [{ experiment }, surrogate, { scenario }] = await Effect.runPromise(
    Effect.all([Experiment.load("patterns/nic"), Atlas.of("patterns/nic@1"), ScenarioFile.load("day")])
  )
  const workload = await Effect.runPromise(Workload.of(experiment))
  return (seed) => ({
    timeline: Scenario.timeline(change(scenario), seed),
    learner: SurrogateLearner.make(surrogate, { seed }),
    costs: Equipment.costs(device, workload),
    cold: true,
    batchSize: surrogate.body.batchSize,
    ...Equipment.plain(Equipment.power(device, workload))
  })
}

/** What goes wrong with a world. */
export type Spoil = (world: Simulate.World) => Partial<Pick<Simulate.World, "energy" | "pace">>

/** A day, its tape, and where its last state says that a promise broke. */
export const live = (days: Days, policy: Policy, seed: number, spoil: Spoil = nothing) => {
  const tape: Array<Entry> = []
  const world = days(seed)
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

const nothing: Spoil = () => ({})

/** All watts are 20 % more. */
export const hungry: Spoil = ({ energy }) => {
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

/** Everything takes three times as long. */
export const slow =
  (from: number): Spoil =>
  () => ({ pace: (_, nominal, at) => (at >= from ? 3 * nominal : nominal) })

/** Asks for a round at whatever happens, and stops each as it begins, so that there are as many as can be. */
export const thrashing = (policy: Policy, from: number): Policy => ({
  ...policy,
  decide(state, observation) {
    if (observation.at < from) return policy.decide(state, observation)
    return [state, observation._tag === "RoundStarted" ? Decision.stopRound : Decision.train]
  }
})

export type Bounds = Required<Pick<Envelope, keyof Promised.Stand>>
const names = ["joulesPerHour", "roundsPerHour", "staleness", "latency"] as const

/** The worst of these tapes, and so much more. */
export const around = (tapes: ReadonlyArray<ReadonlyArray<Entry>>, more: number): Bounds => {
  const stands = tapes.flatMap(Promised.along)
  const bound = (name: keyof Bounds) => more * stands.reduce((most, stand) => Math.max(most, stand[name]), 0)
  return {
    joulesPerHour: bound("joulesPerHour"),
    roundsPerHour: bound("roundsPerHour"),
    staleness: bound("staleness"),
    latency: bound("latency")
  }
}

export const isOutside = (bounds: Envelope) => (stand: Promised.Stand) =>
  names.some((name) => stand[name] > (bounds[name] ?? Infinity))

/**
 * The promise that breaks on a day that goes wrong. The guard acts within one decision: it never asks the policy again
 * after the line where a recount first finds a promise broken, and that line already has the fallback's decision. On a day
 * that keeps to its promises all the same, it acts nowhere.
 */
export const noticed = (days: Days, policy: Policy, seed: number, bounds: Envelope, spoil: Spoil = nothing) => {
  const bare = live(days, policy, seed, spoil)
  const place = Promised.along(bare.tape).findIndex(isOutside(bounds))
  let asked = 0
  const counted: Policy = {
    ...policy,
    decide(state, observation) {
      asked += 1
      return policy.decide(state, observation)
    }
  }
  const { tape, breach } = live(days, Promises.guard(bounds)(counted), seed, spoil)
  expect(breach === undefined).toBe(place < 0)
  if (place < 0) return undefined
  expect(asked).toBe(place + 1)
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

const decided = ({ observation, decision }: Entry) => [observation, decision]

/** Whether the last round has not finished. */
const isRunning = (tape: ReadonlyArray<Entry>) =>
  tape.findLast(({ observation: { _tag } }) => _tag === "RoundStarted" || _tag === "RoundFinished")?.observation
    ._tag === "RoundStarted"
