/**
 * What a scenario says of devices, and what that makes of a run: seconds, joules, an end, and a guard of the budget.
 *
 * Assumes that the cost model's seconds are those of the power mode in which a device begins: another mode is so many
 * times slower as a training step is by the time formula of the device's file.
 */
import * as EnergyBudget from "@edgeol/core/guards/EnergyBudget"
import type { Policy } from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import * as DeviceState from "./DeviceState.ts"
import * as Accounts from "./internal/Accounts.ts"
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
const modeOf = ({ name }: Kind, mode: string) => `${name.split("@")[0]}@${mode}`

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

/** A device at the start of a run. */
export const state = (scenario: Equipped, kind: Kind, seed: number): DeviceState.DeviceState => {
  const { battery, thermal } = kind
  const service = scenario.requests?.service
  const rng = Rng.named(scenario.seeds?.service ?? seed, "service")
  return DeviceState.make({
    modes: modes(kind),
    thermal,
    battery: battery === undefined ? undefined : battery.capacity * (battery.charge ?? 1),
    service: service?.kind === "exponential" ? () => service.mean * rng.exponential() : undefined
  })
}

const modes = (kind: Kind): DeviceState.Options["modes"] => {
  const { name, speed } = kind
  const later = (kind.modes ?? []).map(({ at, mode }): DeviceState.Mode => {
    const other = modeOf(kind, mode)
    return { at, slowness: PowerModel.slowness(other, name) / speed, watts: PowerModel.load(other).watts }
  })
  return [{ at: 0, slowness: 1 / speed, watts: PowerModel.load(name).watts }, ...later]
}

/** One without a state: its joules are the seconds of its activities, times their watts. */
export const plain = ({ watts }: PowerModel.PowerModel): { readonly energy: Accounts.Energy } => ({
  energy: Accounts.energyAt(watts)
})
