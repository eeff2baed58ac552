/** What a trial of a sweep is: one simulated run, its summary as a row. Loaded by workers. */
import * as Ledger from "@edgeol/core/Ledger"
import * as Policies from "@edgeol/core/Policies"
import * as Rng from "@edgeol/core/Rng"
import * as CostModel from "@edgeol/sim/CostModel"
import * as DeviceState from "@edgeol/sim/DeviceState"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import type { Traces } from "@edgeol/sim/scenario/Sources"
import type { Surrogate } from "@edgeol/sim/surrogate/Surrogate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import type { Body } from "./Pool.ts"
import type { Row } from "./Store.ts"
import type { Columns } from "./Table.ts"
import type { Setting } from "./Trials.ts"

/** A scenario with all that it names. */
export interface Opened {
  readonly scenario: Scenario.Scenario
  readonly traces: Traces
  readonly surrogate: Surrogate
  /** Whose seconds a learner's operations take. */
  readonly model: Parameters<typeof CostModel.load>[0]
}

/** Scenarios, by the names that the plan gives them. */
export type Shared = ReadonlyMap<string, Opened>

export const columns: Columns = {
  finished: "BIGINT",
  iterations: "BIGINT",
  fineTuningSeconds: "DOUBLE",
  joules: "DOUBLE",
  accuracy: "DOUBLE",
  correct: "DOUBLE",
  requests: "BIGINT",
  latencyP50: "DOUBLE",
  latencyP99: "DOUBLE",
  ...Object.fromEntries(Ledger.activities.map((activity) => [`${activity}Seconds`, "DOUBLE"] as const)),
  /** Why the surrogate guessed, where it did. */
  outside: "VARCHAR",
  /** The tape's fingerprint. */
  tape: "VARCHAR"
}

export const body: Body<Shared> = (shared) => {
  const policyOf = once(Policies.parse)
  const wattsOf = once((device: string) => PowerModel.load(device).watts)
  const costsOf = once(CostModel.load)
  return ({ specification, seed, scenario: name, device, rounds }) => {
    const { scenario, traces, surrogate, model } = shared.get(name)!
    const learner = SurrogateLearner.make(surrogate, { seed })
    const state = stateOf(scenario, seed, wattsOf(device))
    const simulated = Simulate.run(policyOf(specification), {
      timeline: DeviceState.whileAlive(Scenario.timeline(scenario, seed, traces), state),
      learner,
      costs: costsOf(model),
      cold: rounds === "cold",
      batchSize: surrogate.body.batchSize,
      energy: state.energy,
      pace: state.pace
    })
    return { ...row(simulated), outside: learner.outside ?? null }
  }
}

const stateOf = ({ device, requests, seeds }: Scenario.Scenario, seed: number, watts: DeviceState.Mode["watts"]) => {
  const battery = device?.battery
  const service = requests?.service
  const rng = Rng.named(seeds?.service ?? seed, "service")
  return DeviceState.make({
    modes: [{ at: 0, slowness: 1, watts }],
    thermal: device?.thermal,
    battery: battery === undefined ? undefined : battery.capacity * (battery.charge ?? 1),
    service: service?.kind === "exponential" ? () => service.mean * rng.exponential() : undefined
  })
}

const row = ({ summary, fingerprint }: Simulate.Simulated): Row => ({
  finished: summary.rounds,
  iterations: summary.iterations,
  fineTuningSeconds: summary.fineTuningSeconds,
  joules: summary.joules,
  accuracy: summary.accuracy,
  correct: summary.correct,
  requests: summary.requests,
  latencyP50: summary.latencySeconds.p50,
  latencyP99: summary.latencySeconds.p99,
  ...Object.fromEntries(Ledger.activities.map((activity) => [`${activity}Seconds`, summary.seconds[activity] ?? 0])),
  tape: fingerprint
})

/** Remembers what was made of each name. */
const once = <Name extends string, A>(make: (name: Name) => A): ((name: Name) => A) => {
  const known = new Map<Name, A>()
  return (name) => {
    const had = known.get(name)
    if (had !== undefined) return had
    const made = make(name)
    known.set(name, made)
    return made
  }
}

/** What a sweep does not simulate, and where a scenario asks for it. */
export const unsupported = ({ device, devices }: Scenario.Scenario): string | undefined =>
  devices !== undefined
    ? "devices"
    : device?.modes !== undefined
      ? "device.modes"
      : device?.budget !== undefined
        ? "device.budget"
        : undefined

/** The device that a plan means which names none. */
export const deviceOf = ({ device }: Scenario.Scenario): Setting["device"] => device?.name ?? "orin-nano@15W"
