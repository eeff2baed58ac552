/**
 * Power rails in sysfs: found by walking the tree below a root, read through descriptors that stay open.
 *
 * Layouts: IIO `ina3221x` (JetPack 4: `rail_name_K`, `in_powerK_input` in mW, K = 0..2), hwmon `ina3221` (JetPack 5 and
 * later: `inK_label`, volts and amperes, no power, K = 1..3) and hwmon `ina238` (Thor's VIN: `power1_input` in
 * microwatts). Bus and hwmon numbers change between kernels and boots. Left out: the label NC, the driver's shunt
 * channels in4-in6 and its sums in7 and curr4, and channels that are switched off.
 */
import { closeSync, openSync, readSync, realpathSync } from "node:fs"
import { basename, join } from "node:path"
import * as Board from "./Board.ts"
import * as Sysfs from "./internal/sysfs.ts"
import { fromCode, notANumber, RailError } from "./RailError.ts"

export interface Channel {
  readonly rail: string
  readonly chip: "ina3221" | "ina238"
  readonly layout: "iio" | "hwmon"
  /** I2C address, hexadecimal. */
  readonly address: string
  /** Files whose values are multiplied, and the factor to watts: mW, µW, or mV and mA. */
  readonly files: ReadonlyArray<string>
  readonly scale: number
  /** Ohms of the shunt, where the driver tells. */
  readonly shunt: number | undefined
}

export interface Found {
  readonly board: Board.Board | undefined
  readonly channels: ReadonlyArray<Channel>
  /** Rails of the module's total; empty where they are not all there. */
  readonly total: ReadonlyArray<string>
  readonly problems: ReadonlyArray<RailError>
}

const drivers = ["ina3221x", "ina3221", "ina238"] as const

/** Everything below `root`, which is `/` on a board. */
export const discover = (root: string): Found => {
  const problems: Array<RailError> = []
  const seen = new Set<string>()
  const found = folders(root).flatMap((folder) => {
    const real = realpathSync(folder.path)
    if (seen.has(real)) return []
    seen.add(real)
    return channelsOf(folder, problems)
  })
  const channels = found.filter((one, i) => found.findIndex((other) => other.rail === one.rail) === i)
  const board = Board.identify(root)
  const labels = new Set(channels.map((channel) => channel.rail))
  const known = board?.total.every((rail) => labels.has(rail)) === true ? board.total : undefined
  return { board, channels, problems, total: known ?? Board.totalOf(labels) ?? [] }
}

interface Folder {
  readonly path: string
  readonly layout: "iio" | "hwmon"
  readonly chip: "ina3221" | "ina238"
  readonly address: string
}

const folders = (root: string): ReadonlyArray<Folder> => [...byDriver(root), ...byClass(root)]

const byDriver = (root: string): ReadonlyArray<Folder> =>
  drivers.flatMap((driver) => {
    const base = join(root, "sys/bus/i2c/drivers", driver)
    const chip = driver === "ina238" ? "ina238" : "ina3221"
    return Sysfs.names(base).flatMap((device) => {
      const address = /^\d+-00([0-9a-f]{2})$/.exec(device)?.[1]
      if (address === undefined) return []
      const iio = Sysfs.names(join(base, device)).filter((name) => name.startsWith("iio:device"))
      const hwmon = Sysfs.names(join(base, device, "hwmon"))
      return [
        ...iio.map((name) => ({ path: join(base, device, name), layout: "iio" as const, chip, address }) as const),
        ...hwmon.map(
          (name) => ({ path: join(base, device, "hwmon", name), layout: "hwmon" as const, chip, address }) as const
        )
      ]
    })
  })

/** The same sensors where a container shows only the class. */
const byClass = (root: string): ReadonlyArray<Folder> =>
  Sysfs.names(join(root, "sys/class/hwmon")).flatMap((name) => {
    const path = join(root, "sys/class/hwmon", name)
    const chip = Sysfs.text(join(path, "name"))
    if (chip !== "ina3221" && chip !== "ina238") return []
    return [{ path, layout: "hwmon" as const, chip, address: addressOf(path) }]
  })

const addressOf = (path: string): string => {
  try {
    return /-00([0-9a-f]{2})$/.exec(basename(realpathSync(join(path, "device"))))?.[1] ?? ""
  } catch {
    return ""
  }
}

const channelsOf = (folder: Folder, problems: Array<RailError>): ReadonlyArray<Channel> => {
  if (folder.chip === "ina238") return [vin(folder)]
  const numbers = folder.layout === "iio" ? [0, 1, 2] : [1, 2, 3]
  return numbers.flatMap((k) => {
    const label = join(folder.path, folder.layout === "iio" ? `rail_name_${k}` : `in${k}_label`)
    const rail = Sysfs.text(label)
    if (rail === undefined || rail === "") {
      if (isEnabled(folder, k)) problems.push(unlabelled(label))
      return []
    }
    return Board.domain(rail) === "unused" || !isEnabled(folder, k) ? [] : [channel(folder, k, rail)]
  })
}

const isEnabled = (folder: Folder, k: number): boolean =>
  Sysfs.names(folder.path).includes(folder.layout === "iio" ? `in_voltage${k}_input` : `in${k}_input`) &&
  Sysfs.text(join(folder.path, `in${k}_enable`)) !== "0"

const unlabelled = (file: string): RailError =>
  new RailError({ reason: "NoLabel", file, message: `${file} is missing or empty, so its channel is left out.` })

const channel = (folder: Folder, k: number, rail: string): Channel => {
  const { chip, layout, address, path } = folder
  const shunt = Sysfs.integer(Sysfs.text(join(path, `shunt${k}_resistor`)) ?? "")
  const common = { rail, chip, layout, address, shunt: shunt === undefined || shunt <= 0 ? undefined : shunt / 1e6 }
  const power = join(path, `in_power${k}_input`)
  if (Sysfs.text(power) !== undefined) return { ...common, files: [power], scale: 1e-3 }
  const [volts, amperes] =
    layout === "iio" ? [`in_voltage${k}_input`, `in_current${k}_input`] : [`in${k}_input`, `curr${k}_input`]
  return { ...common, files: [join(path, volts), join(path, amperes)], scale: 1e-6 }
}

const vin = ({ path, chip, layout, address }: Folder): Channel => {
  const label = Sysfs.text(join(path, "in1_label")) ?? Sysfs.text(join(path, "label"))
  return {
    rail: label ?? "VIN",
    chip,
    layout,
    address,
    files: [join(path, "power1_input")],
    scale: 1e-6,
    shunt: undefined
  }
}

/** Open channels. `read` never throws: a value that cannot be had is NaN and leaves a problem. */
export interface Reader {
  readonly rails: ReadonlyArray<string>
  /** Watts of each rail, in order, and the middle of the time it took, s. */
  readonly read: () => Reading
  readonly close: () => void
}

export interface Reading {
  readonly at: number
  readonly watts: ReadonlyArray<number>
  readonly problem: RailError | undefined
}

/** Opens channels; throws a RailError for the first that cannot be opened, with the others closed again. */
export const open = (channels: ReadonlyArray<Channel>): Reader => {
  const opened: Array<number> = []
  try {
    const descriptors = channels.map((channel) =>
      channel.files.map((file) => {
        const descriptor = openFile(file)
        opened.push(descriptor)
        return { file, descriptor }
      })
    )
    return {
      rails: channels.map((channel) => channel.rail),
      read: () => readAll(channels, descriptors),
      close: () => closeAll(opened)
    }
  } catch (error) {
    closeAll(opened)
    throw error
  }
}

interface Descriptor {
  readonly file: string
  readonly descriptor: number
}

const openFile = (file: string): number => {
  try {
    return openSync(file, "r")
  } catch (error) {
    throw fromCode(Sysfs.errno(error), file)
  }
}

const closeAll = (descriptors: Array<number>): void => {
  for (const descriptor of descriptors.splice(0)) closeSync(descriptor)
}

const readAll = (channels: ReadonlyArray<Channel>, descriptors: ReadonlyArray<ReadonlyArray<Descriptor>>): Reading => {
  const start = Sysfs.monotonic()
  let problem: RailError | undefined
  const watts = channels.map(({ scale }, i) => {
    let product = scale
    for (const one of descriptors[i] ?? []) {
      const value = valueOf(one)
      if (typeof value !== "number") problem = value
      product *= typeof value === "number" ? value : Number.NaN
    }
    return product
  })
  return { at: (start + Sysfs.monotonic()) / 2, watts, problem }
}

const buffer = Buffer.alloc(64)

/** Reading at position 0 makes the kernel convert anew. */
const valueOf = ({ file, descriptor }: Descriptor): number | RailError => {
  try {
    return parse(buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, buffer.length, 0)), file)
  } catch (error) {
    return fromCode(Sysfs.errno(error), file)
  }
}

/** A reading in the driver's unit. Over 10⁹ (1 kW in µW) it is no reading of such a board. */
export const parse = (contents: string, file: string): number | RailError => {
  const value = Sysfs.integer(contents)
  return value === undefined || Math.abs(value) > 1e9 ? notANumber(file, contents) : value
}
