/**
 * Seconds and watts of our own networks on a Jetson: a roofline whose rates come from the fitted profiles of other
 * networks on the same board.
 *
 * Nobody has published times of training with frozen layers on a Jetson, or of networks as small as these. So everything
 * here is **extrapolated**, under these assumptions:
 * - A pass moves bytes, and those take GPU and memory cycles: `G = g · bytes`, `M = m · bytes`. Per byte, ResNet-18 and
 *   MobileNetV3 agree within 13 % on AGX Xavier and on AGX Orin, though one has 14 times the multiply-adds of the other,
 *   and BERT within a factor of 2; per multiply-add they differ by 13. (`edgeol fit --profiles` makes the rates anew.)
 * - A kernel call takes CPU cycles, whatever it does, as in LeNet-5 on AGX Xavier and in ResNet-50 at batch 1 on AGX Orin.
 * - The parts overlap as in the q-norm of the profiles; there is no data loader, since samples are in memory.
 * - Power is that of the running clocks plus joules for each byte moved, as in the profiles' `work` form; never below one
 *   busy core. With nothing to do it is the measured idle power, scaled with the clocks as on AGX Xavier.
 * - The framework calls a kernel as PyTorch did where the profiles were measured.
 * `spread` says how far each of this may be off.
 */
import { type Activity, activities } from "@edgeol/core/Ledger"
import type { Seconds } from "@edgeol/core/Units"
import { seconds, watts } from "@edgeol/core/Units"
import { Schema } from "effect"
import agxOrin from "../devices/agx-orin.json" with { type: "json" }
import agxXavier from "../devices/agx-xavier.json" with { type: "json" }
import nano from "../devices/nano.json" with { type: "json" }
import orinNano from "../devices/orin-nano.json" with { type: "json" }
import xavierNx from "../devices/xavier-nx.json" with { type: "json" }
import * as Corrected from "./cost/Corrected.ts"
import type { CostModel } from "./CostModel.ts"
import type { Mode } from "./cost/Mode.ts"
import type { Network } from "./layers/Layer.ts"
import * as Work from "./layers/Work.ts"
import type { PowerModel } from "./PowerModel.ts"
import type { Spread } from "./Uncertainty.ts"

const Positive = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** Clocks in Hz. */
const ModeOf = Schema.Struct({ cores: Positive, cpu: Positive, gpu: Positive, mem: Positive })

/** A value with its source. */
const Noted = Schema.Struct({ value: Positive, note: Schema.String })

/** What was measured against what the rates say: a factor, and what holds it in 90 % of cases. */
const Correction = Schema.Struct({ factor: Positive, low: Positive, high: Positive, count: Schema.Int })
export type Correction = typeof Correction.Type

const ByActivity = Schema.Record(Schema.Literals(activities), Schema.optionalKey(Correction))

/** What a measurement of a board itself corrects, activity by activity. */
export const Corrections = Schema.Struct({
  seconds: ByActivity,
  watts: ByActivity,
  /** Where it was measured: the power mode, what learnt, and the file by its SHA-256. */
  mode: Schema.String,
  workload: Schema.String,
  file: Schema.Struct({ path: Schema.String, sha256: Schema.String }),
  versions: Schema.Record(Schema.String, Schema.String),
  note: Schema.String
})
export type Corrections = typeof Corrections.Type

/** A device file. Clocks inside its formulas are in GHz. */
export const Board = Schema.Struct({
  name: Schema.String,
  board: Schema.String,
  source: Schema.String,
  modes: Schema.Record(Schema.String, ModeOf),
  default: Schema.String,
  /** For each GB moved: 1e9 cycles of GPU and memory, seconds that no clock changes; and the norm's exponent. */
  work: Schema.Struct({ gpu: Positive, mem: Positive, fixed: Positive, q: Positive }),
  /** Joules for each GB moved: `e + g f_gpu² + u f_cpu² + m f_emc`. */
  joules: Schema.Struct({ e: Positive, g: Positive, u: Positive, m: Positive }),
  /** Watts of clocks that run: `p0 + a f_emc + b f_gpu + c f_gpu³ + cores (d f_cpu + h f_cpu³)`. */
  clocks: Schema.Struct({ p0: Positive, a: Positive, b: Positive, c: Positive, d: Positive, h: Positive }),
  /** Watts with nothing to do: `base + mem f_emc + gpu f_gpu + cpu cores f_cpu`. */
  idle: Schema.Struct({ base: Positive, mem: Positive, gpu: Positive, cpu: Positive, note: Schema.String }),
  /** Watts of one busy core: `linear f_cpu + cubic f_cpu³`. */
  core: Schema.Struct({ linear: Positive, cubic: Positive, note: Schema.String }),
  /** CPU cycles of a kernel call, in 1e6. */
  call: Noted,
  /** Seconds until the first minibatch of a new process is done. */
  startUp: Noted,
  /** Seconds from a change of mode until power is steady. */
  modeSwitch: Noted,
  /** Half widths of 90 % intervals, relative: 1 is from half to twice. */
  spread: Schema.Struct({ step: Positive, watts: Positive, idle: Positive, note: Schema.String }),
  /** Profiles behind the rates. */
  from: Schema.Array(Schema.String),
  corrections: Schema.optionalKey(Corrections)
})
export type Board = typeof Board.Type

export const boards: ReadonlyArray<Board> = [orinNano, agxOrin, agxXavier, xavierNx, nano].map((file) =>
  Schema.decodeUnknownSync(Board)(file)
)

/** A device or power mode that does not exist. */
export class DeviceError extends Schema.TaggedError<DeviceError>()("DeviceError", { message: Schema.String }) {}

export interface Device {
  /** `agx-orin@30W`. */
  readonly name: string
  readonly board: Board
  readonly mode: Mode
}

/** Boards that this process has read from files. */
const read = new Map<string, Board>()

/** By the names that they were added under: what another process needs to know of them. */
export const added = (): ReadonlyMap<string, Board> => read

/** Makes a board known by another name for as long as the process lasts: that of its file, or of a power mode of it. */
export const add = (name: string, board: Board): void => void read.set(name, board)

/** `agx-orin@30W` is the mode `30W` of `agx-orin`; folders of a path may have the sign too. */
export const parts = (name: string): readonly [board: string, mode: string | undefined] => {
  const at = name.lastIndexOf("@")
  return at < 0 || name.includes("/", at) ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)]
}

/** `device` or `device@mode`. Throws `DeviceError` with the names that exist. */
export const load = (name: string): Device => {
  const [known, asked] = parts(name)
  const board = read.get(name) ?? read.get(known) ?? boards.find((one) => one.name === known)
  if (board === undefined) {
    throw new DeviceError({
      message: `There is no device "${known}"; there are ${boards.map((one) => one.name).join(", ")}.`
    })
  }
  const chosen = asked ?? board.default
  const mode = Object.hasOwn(board.modes, chosen) ? board.modes[chosen] : undefined
  if (mode === undefined) {
    const modes = Object.keys(board.modes).join(", ")
    throw new DeviceError({ message: `${known} has no power mode "${asked}"; there are ${modes}.` })
  }
  return { name: `${known}@${chosen}`, board, mode }
}

/** What a pass asks. */
export interface Amount {
  readonly bytes: number
  readonly calls: number
}

/** A workload as those measured: so many bytes that calls do not matter, and any number of them is as good. */
export const measured: Amount = { bytes: 1e9, calls: 0 }

export const asked = (network: Network, pass: Work.Pass, step: Work.Step): Amount => {
  const work = Work.total(network, pass, step)
  const sum = (...names: ReadonlyArray<Work.Quantity>) => names.reduce((all, name) => all + (work[name] ?? 0), 0)
  return {
    // The optimiser reads and writes each weight and its gradient.
    bytes: sum("moved", "norm", "plain", "prepared") + 16 * sum("numbers"),
    calls: sum("convCalls", "normCalls", "calls")
  }
}

const gigahertz = ({ cores, cpu, gpu, mem }: Mode) => ({ cores, cpu: cpu / 1e9, gpu: gpu / 1e9, mem: mem / 1e9 })

/** The soft maximum of what GPU, memory and CPU take. */
export const time = ({ board: { work, call }, mode }: Device, { bytes, calls }: Amount): number => {
  const f = gigahertz(mode)
  const gigabytes = bytes / 1e9
  const parts = [
    (work.gpu * gigabytes) / f.gpu,
    (work.mem * gigabytes) / f.mem,
    work.fixed * gigabytes,
    (call.value * calls) / 1e3 / f.cpu
  ]
  return parts.reduce((sum, part) => sum + part ** work.q, 0) ** (1 / work.q)
}

/** Seconds of each operation of a network. `batch` is that of a training step. */
export const costs = (device: Device, network: Network, batch: number): CostModel => {
  const { board } = device
  const depth = network.units.length
  const pass = (which: Work.Pass, n: number, frozen = 0) =>
    time(device, asked(network, which, { batch: n, depth: frozen }))
  const line = (at: (n: number) => number) => {
    const perSample = batch > 1 ? (at(batch) - at(1)) / (batch - 1) : 0
    return { fixed: at(1) - perSample, perSample }
  }
  const judging = line((n) => pass("forward", n, depth))
  const weights = network.layers.reduce((sum, { weightBytes }) => sum + weightBytes, 0)
  const file = fileSeconds + weights / fileRate
  const extrapolated: CostModel = {
    name: `${network.name}, batch ${batch}, on ${device.name}, extrapolated`,
    source: board.source,
    startUp: board.startUp.value,
    load: file,
    save: file,
    optimiser: pass("optimiser", batch),
    forward: line((n) => pass("forward", n)),
    backward: line((n) => pass("backward", n)),
    backwardByDepth: Array.from({ length: depth + 1 }, (_, k) => pass("backward", batch, k) / pass("backward", batch)),
    inference: judging,
    probe: judging,
    validation: judging
  }
  return Corrected.corrected(extrapolated, factors(board.corrections?.seconds))
}

/** By activity; those that nothing corrects are left out. */
const factors = (corrections: Corrections["seconds"] = {}): { readonly [A in Activity]?: number } =>
  Object.fromEntries(Object.entries(corrections).map(([activity, { factor }]) => [activity, factor]))

/** A small file on an SD card or eMMC, its directory synced: assumed, no source; `spread` allows a factor of three. */
const fileSeconds = 0.02
const fileRate = 40e6

/** Watts by activity; of a network at a batch size, or of the workloads that were measured on the board. */
export const power = (device: Device, network?: Network, batch = 16): PowerModel => {
  const { board, mode } = device
  const idle = idleWatts(device)
  const oneCpu = idle + coreWatts(device)
  const during = (amount: Amount) => Math.max(oneCpu, runningWatts(board, mode) + movingWatts(device, amount))
  const of = (pass: Work.Pass, depth = 0) =>
    watts(during(network === undefined ? measured : asked(network, pass, { batch, depth })))
  const judging = of("forward", network?.units.length)
  const cpu = watts(oneCpu)
  const extrapolated = {
    startUp: cpu,
    load: cpu,
    forward: of("forward"),
    backward: of("backward"),
    optimiser: of("optimiser"),
    probe: judging,
    validation: judging,
    head: judging,
    save: cpu,
    policy: cpu,
    inference: judging,
    overhead: cpu,
    meter: cpu,
    idle: watts(idle)
  }
  const by = factors(board.corrections?.watts)
  const corrected = activities.map((activity) => [activity, watts(extrapolated[activity] * (by[activity] ?? 1))])
  return { name: device.name, source: board.source, watts: Object.fromEntries(corrected) as PowerModel["watts"] }
}

export const idleWatts = ({ board: { idle }, mode }: Device): number => {
  const f = gigahertz(mode)
  return idle.base + idle.mem * f.mem + idle.gpu * f.gpu + idle.cpu * f.cores * f.cpu
}

const coreWatts = ({ board: { core }, mode }: Device): number => {
  const f = mode.cpu / 1e9
  return core.linear * f + core.cubic * f ** 3
}

const runningWatts = ({ clocks: { p0, a, b, c, d, h } }: Board, mode: Mode): number => {
  const f = gigahertz(mode)
  return p0 + a * f.mem + b * f.gpu + c * f.gpu ** 3 + f.cores * (d * f.cpu + h * f.cpu ** 3)
}

const movingWatts = (device: Device, amount: Amount): number => {
  const { e, g, u, m } = device.board.joules
  const f = gigahertz(device.mode)
  const perGigabyte = e + g * f.gpu ** 2 + u * f.cpu ** 2 + m * f.mem
  return amount.bytes === 0 ? 0 : (perGigabyte * amount.bytes) / 1e9 / time(device, amount)
}

/** Seconds from a change of mode to steady power. */
export const modeSwitch = ({ board }: Device): Seconds => seconds(board.modeSwitch.value)

/** Half widths of 90 % intervals by activity, relative. */
export const spread = ({ board: { spread, corrections } }: Device): Spread => {
  const each = (of: { readonly step: number; readonly cpu: number; readonly file: number; readonly idle: number }) =>
    ({
      startUp: of.file,
      load: of.file,
      save: of.file,
      forward: of.step,
      backward: of.step,
      optimiser: of.step,
      probe: of.step,
      validation: of.step,
      head: of.step,
      inference: of.step,
      policy: of.cpu,
      overhead: of.cpu,
      meter: of.cpu,
      idle: of.idle
    }) satisfies { readonly [A in Activity]: number }
  return {
    // First minibatches take 5 to 12 s; files are assumed.
    seconds: narrowed(each({ step: spread.step, cpu: 2, file: 2, idle: 0 }), corrections?.seconds),
    watts: narrowed(
      each({ step: spread.watts, cpu: spread.idle, file: spread.idle, idle: spread.idle }),
      corrections?.watts
    )
  }
}

/** What was measured is known as well as it was measured. */
const narrowed = (widths: Spread["seconds"], corrections: Corrections["seconds"] = {}): Spread["seconds"] => ({
  ...widths,
  ...Object.fromEntries(
    Object.entries(corrections).map(([activity, { factor, low, high }]) => [
      activity,
      Math.max(high / factor, factor / low) - 1
    ])
  )
})
