/**
 * Watts by activity, for a named device in a power mode; a meter multiplies them with the ledger's seconds.
 *
 * Assumes that each activity draws a constant power: training, inference, probes and validation keep memory and CPU
 * busy as a training step of the fitted workload does; start-up, files and deciding keep one CPU busy; idle time keeps
 * nothing busy at the mode's fixed clocks. The seconds are those of the machine that ran, not the device's.
 */
import type { Activity, Ledger } from "@edgeol/core/Ledger"
import { activities } from "@edgeol/core/Ledger"
import type { Joules, Watts } from "@edgeol/core/Units"
import { joules, watts } from "@edgeol/core/Units"
import { Schema } from "effect"
// In one file: its thousand modules took 0.95 s of CPU to load, half the start of every command; this takes 0.08 s.
import math from "mathjs/lib/browser/math.js"
import orinNano from "../devices/orin-nano.json" with { type: "json" }

const Clocks = Schema.Record(Schema.String, Schema.Finite)

/** A device file: formulas as text, and the clocks of each power mode. */
const Device = Schema.Struct({
  name: Schema.String,
  board: Schema.String,
  source: Schema.String,
  symbols: Schema.Record(Schema.String, Schema.String),
  time: Schema.Struct({ formula: Schema.String, terms: Schema.Record(Schema.String, Schema.String), q: Schema.Finite }),
  power: Schema.Struct({ formula: Schema.String, unit: Schema.Literal("W") }),
  modes: Schema.Record(Schema.String, Clocks),
  default: Schema.String
})
type Device = typeof Device.Type

const devices: ReadonlyArray<Device> = [orinNano].map((file) => Schema.decodeUnknownSync(Device)(file))

export interface PowerModel {
  /** `orin-nano@15W`. */
  readonly name: string
  readonly source: string
  readonly watts: { readonly [A in Activity]: Watts }
}

/** A device or power mode that does not exist. */
export class DeviceError extends Schema.TaggedError<DeviceError>()("DeviceError", { message: Schema.String }) {}

/** `device` or `device@mode`. Throws `DeviceError` with the names that exist. */
export const load = (name: string): PowerModel => {
  const [board, mode] = name.split("@")
  const device = devices.find((known) => known.name === board)
  if (device === undefined) {
    throw new DeviceError({
      message: `There is no device "${board}"; there are ${devices.map((d) => d.name).join(", ")}.`
    })
  }
  const chosen = mode ?? device.default
  const clocks = Object.hasOwn(device.modes, chosen) ? device.modes[chosen] : undefined
  if (clocks === undefined) {
    const modes = Object.keys(device.modes).join(", ")
    throw new DeviceError({ message: `${board} has no power mode "${mode}"; there are ${modes}.` })
  }
  return { name: `${board}@${chosen}`, source: device.source, watts: byActivity(device, clocks) }
}

/** `Σ seconds(activity) · watts(activity)`. */
export const energy =
  (model: PowerModel) =>
  (ledger: Ledger): Joules =>
    joules(activities.reduce((sum, activity) => sum + (ledger[activity] ?? 0) * model.watts[activity], 0))

type Busy = { readonly u_mem: number; readonly u_cpu: number }

const byActivity = (device: Device, clocks: Readonly<Record<string, number>>): PowerModel["watts"] => {
  const power = math.compile(device.power.formula)
  const at = (busy: Busy) => watts(power.evaluate({ ...clocks, ...busy }) as number)
  const training = at(shares(device, clocks))
  const oneCpu = at({ u_mem: 0, u_cpu: 1 / (clocks.cores ?? 1) })
  const idle = at({ u_mem: 0, u_cpu: 0 })
  return {
    startUp: oneCpu,
    load: oneCpu,
    forward: training,
    backward: training,
    optimiser: training,
    probe: training,
    validation: training,
    head: training,
    save: oneCpu,
    policy: oneCpu,
    inference: training,
    overhead: oneCpu,
    meter: oneCpu,
    idle
  }
}

/** Busy shares of a training step: each term of the time formula over the whole. */
const shares = ({ time }: Device, clocks: Readonly<Record<string, number>>): Busy => {
  const terms = Object.fromEntries(
    Object.entries(time.terms).map(([name, formula]) => [name, math.compile(formula).evaluate({ ...clocks }) as number])
  )
  const whole = math.compile(time.formula).evaluate({ ...terms, q: time.q }) as number
  const share = (term: string) => Math.min(1, (terms[term] ?? 0) / whole)
  return { u_mem: share("mem"), u_cpu: share("cpu") }
}
