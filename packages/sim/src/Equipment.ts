/**
 * What a scenario says of devices, and what that makes of a run: seconds, joules, an end, and a guard of the budget.
 *
 * Assumes that the cost model's seconds are those of the power mode in which a device begins: another mode is so many
 * times slower as a training step is, in everything.
 */
import * as EnergyBudget from "@edgeol/core/guards/EnergyBudget"
import type { Policy } from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import * as CostModel from "./CostModel.ts"
import * as Device from "./Device.ts"
import * as DeviceState from "./DeviceState.ts"
import * as Accounts from "./internal/Accounts.ts"
import type { Network } from "./layers/Layer.ts"
import * as PowerModel from "./PowerModel.ts"
import * as Scenario from "./Scenario.ts"

/** Devices of a kind: how many, and how much faster than the cost model. */
export type Kind = ReturnType<typeof Scenario.devices>[number]

/** The fields of a scenario that tell of devices; an experiment has none of them. */
export type Equipped = Pick<Scenario.Scenario, "device" | "devices" | "requests" | "seeds">

const usual = { name: "orin-nano@15W", count: 1, speed: 1 }

/** The kinds of device of a scenario, or as many of another device. */
export const kinds = (scenario: Equipped, device = nameOf(scenario)): ReadonlyArray<Kind> => {
  const own = Scenario.devices(scenario)
  const all = own.length === 0 ? [usual] : own
  return device === nameOf(scenario) ? all : all.map((kind) => ({ ...kind, name: device }))
}

/** `orin-nano@15W`, also of a scenario that names none; of several kinds, what `kinds` knows them by. */
export const nameOf = (scenario: Equipped): string =>
  [...new Set(Scenario.devices(scenario).map(({ name }) => name))].join(" and ") || usual.name

/** How many devices there are. */
export const count = (scenario: Equipped): number => kinds(scenario).reduce((sum, kind) => sum + kind.count, 0)

/** The first device or mode that does not exist, by its field: why. */
export const problem = (scenario: Equipped, device?: string): { field: string; why: string } | undefined => {
  for (const [i, kind] of kinds(scenario, device).entries()) {
    const at = scenario.devices === undefined ? "device" : `devices.${i}`
    const modes = (kind.modes ?? []).map(({ mode }, j) => [`${at}.modes.${j}.mode`, modeOf(kind, mode)] as const)
    for (const [field, name] of [[`${at}.name`, kind.name] as const, ...modes]) {
      const why = because(() => PowerModel.load(name))
      if (why !== undefined) return { field, why }
    }
  }
  return undefined
}

const because = (action: () => unknown): string | undefined => {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof PowerModel.DeviceError) return error.message.replace(/\.$/, "")
    throw error
  }
}

/** `7W` of an `orin-nano@15W` is `orin-nano@7W`. */
const modeOf = ({ name }: Kind, mode: string) => `${Device.parts(name)[0]}@${mode}`

/** The joules that fine-tuning may take are a promise that a guard keeps. */
export const within = (policy: Policy, { budget }: Kind): Policy =>
  budget === undefined ? policy : EnergyBudget.guard({ capacity: budget })(policy)

/** Whether what a device does depends on more than the seconds of its activities. */
export const hasState = ({ requests }: Equipped, { modes = [], battery, thermal, speed }: Kind): boolean =>
  modes.length > 0 ||
  battery !== undefined ||
  thermal !== undefined ||
  speed !== 1 ||
  requests?.service?.kind === "exponential"

/** What learns: a network, and the samples of a step. */
export interface Workload {
  readonly network: Network
  readonly batch: number
}

/** Seconds of a workload on a device in its mode. */
export const costs = (device: string, workload: Workload): CostModel.CostModel => on(device, workload).costs

/** Watts of a workload; without one, of those that were measured on the device. */
export const power = (device: string, workload?: Workload): PowerModel.PowerModel =>
  workload === undefined ? PowerModel.load(device) : on(device, workload).power

type On = ReturnType<typeof workedOut>

/** Kept for all runs: working it out takes 2 to 3 ms of CPU, a fifth of what simulating a day takes. */
const known = new WeakMap<Workload, Map<string, On>>()

const on = (device: string, workload: Workload): On => {
  const devices = known.get(workload) ?? new Map<string, On>()
  known.set(workload, devices)
  const found = devices.get(device) ?? workedOut(device, workload)
  devices.set(device, found)
  return found
}

const workedOut = (name: string, { network, batch }: Workload) => {
  const device = Device.load(name)
  return { costs: Device.costs(device, network, batch), power: Device.power(device, network, batch) }
}

/** How much longer a step takes on one than on another. */
const slowness = (device: string, other: string, workload?: Workload): number =>
  workload === undefined
    ? PowerModel.slowness(device, other)
    : stepSeconds(device, workload) / stepSeconds(other, workload)

const stepSeconds = (device: string, workload: Workload) => {
  const step = CostModel.step(costs(device, workload), workload.batch, [false])
  return step.reduce((sum, { seconds }) => sum + seconds, 0)
}

/** A device at the start of a run. */
export const state = (scenario: Equipped, kind: Kind, seed: number, workload?: Workload): DeviceState.DeviceState => {
  const { battery, thermal } = kind
  const service = scenario.requests?.service
  const rng = Rng.named(scenario.seeds?.service ?? seed, "service")
  return DeviceState.make({
    modes: modes(kind, workload),
    thermal,
    battery: battery === undefined ? undefined : battery.capacity * (battery.charge ?? 1),
    service: service?.kind === "exponential" ? () => service.mean * rng.exponential() : undefined
  })
}

const modes = (kind: Kind, workload: Workload | undefined): DeviceState.Options["modes"] => {
  const { name, speed } = kind
  const later = (kind.modes ?? []).map(({ at, mode }): DeviceState.Mode => {
    const other = modeOf(kind, mode)
    return { at, slowness: slowness(other, name, workload) / speed, watts: power(other, workload).watts }
  })
  return [{ at: 0, slowness: 1 / speed, watts: power(name, workload).watts }, ...later]
}

/** One without a state: its joules are the seconds of its activities, times their watts. */
export const plain = ({ watts }: PowerModel.PowerModel): { readonly energy: Accounts.Energy } => ({
  energy: Accounts.energyAt(watts)
})
