/** One simulated run: a scenario, a policy, a device and a seed. Pure once its parts are loaded. */
import type { Entry } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import * as EnergyBudget from "@edgeol/core/guards/EnergyBudget"
import * as Rng from "@edgeol/core/Rng"
import * as CostModel from "@edgeol/sim/CostModel"
import * as DeviceState from "@edgeol/sim/DeviceState"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import type { Opened } from "./Open.ts"

export interface Setting {
  readonly policy: Policy
  readonly seed: number
  /** `orin-nano@15W`. */
  readonly device: string
  readonly rounds: "warm" | "cold"
}

export interface Simulated extends Simulate.Simulated {
  /** Why the surrogate guessed, where it did. */
  readonly outside: string | undefined
}

export const run = (opened: Opened, setting: Setting, record?: (entry: Entry) => void): Simulated => {
  const { scenario, traces, surrogate, model } = opened
  const { seed, device, rounds } = setting
  const learner = SurrogateLearner.make(surrogate, { seed, ...twinOf(opened, seed) })
  const state = stateOf(scenario, seed, PowerModel.load(device).watts)
  const world = {
    timeline: DeviceState.whileAlive(Scenario.timeline(scenario, seed, traces), state),
    learner,
    costs: CostModel.load(model),
    cold: rounds === "cold",
    batchSize: surrogate.body.batchSize,
    energy: state.energy,
    pace: state.pace
  }
  const simulated = Simulate.run(within(setting.policy, scenario), world, record)
  return { ...simulated, outside: learner.outside }
}

/** A recorded seed is simulated like itself; any other like one that is drawn. */
const twinOf = ({ surrogate }: Opened, seed: number) => {
  const twin = surrogate.body.twins.find((known) => known.seed === seed)
  return twin === undefined ? {} : { twin }
}

/** The joules that fine-tuning may take are a promise that a guard keeps. */
const within = (policy: Policy, { device }: Scenario.Scenario): Policy =>
  device?.budget === undefined ? policy : EnergyBudget.guard({ capacity: device.budget })(policy)

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

/** What is not simulated, and where a scenario asks for it. */
export const unsupported = ({ device, devices }: Scenario.Scenario): string | undefined =>
  devices !== undefined ? "devices" : device?.modes !== undefined ? "device.modes" : undefined

/** The device of a scenario that names none. */
export const deviceOf = ({ device }: Scenario.Scenario): string => device?.name ?? "orin-nano@15W"
