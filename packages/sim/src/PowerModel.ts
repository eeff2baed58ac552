/**
 * Watts by activity, for a named device in a power mode; a meter multiplies them with the ledger's seconds.
 *
 * Assumes that each activity draws a constant power, as `Device` says it. The seconds are those of the machine that ran,
 * not the device's.
 */
import type { Activity, Ledger } from "@edgeol/core/Ledger"
import { activities } from "@edgeol/core/Ledger"
import type { Joules, Watts } from "@edgeol/core/Units"
import { joules } from "@edgeol/core/Units"
import * as Device from "./Device.ts"

export interface PowerModel {
  /** `orin-nano@15W`. */
  readonly name: string
  readonly source: string
  readonly watts: { readonly [A in Activity]: Watts }
}

export { DeviceError } from "./Device.ts"

/** `device` or `device@mode`, busy as with the workloads measured on it. Throws `DeviceError` with the names that exist. */
export const load = (name: string): PowerModel => Device.power(Device.load(name))

/** Seconds of a training step, relative to those in another mode. Throws as `load` does. */
export const slowness = (name: string, relativeTo: string): number =>
  Device.time(Device.load(name), Device.measured) / Device.time(Device.load(relativeTo), Device.measured)

/** `Σ seconds(activity) · watts(activity)`. */
export const energy =
  (model: PowerModel) =>
  (ledger: Ledger): Joules =>
    joules(activities.reduce((sum, activity) => sum + (ledger[activity] ?? 0) * model.watts[activity], 0))
