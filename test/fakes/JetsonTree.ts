/**
 * A Jetson as a folder: the parts of /sys, /proc, /etc and /var that edgeol reads, for every board of the table and
 * both generations of the sensor driver, with power that a recorded trace can drive in time.
 *
 * As in sysfs, files are replaced in place and in one write, so that open descriptors see the new value.
 */
import type { BoardId } from "@edgeol/hw-jetson/Board"
import * as Board from "@edgeol/hw-jetson/Board"
import * as Tegrastats from "@edgeol/hw-jetson/Tegrastats"
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** The driver of JetPack 4 and the one since JetPack 5. */
export type Driver = "iio" | "hwmon"

export interface Tree {
  readonly root: string
  readonly board: Board.Board
  readonly driver: Driver
  /** Watts of rails; the others keep theirs. */
  readonly set: (watts: { readonly [rail: string]: number }) => void
  readonly remove: () => void
}

/** Model text and compatible strings as the boards' device trees give them. */
const identities: { readonly [B in BoardId]: readonly [model: string, ...compatible: ReadonlyArray<string>] } = {
  tx1: ["jetson_tx1", "nvidia,p2371-2180", "nvidia,tegra210"],
  tx2: ["quill", "nvidia,p2597-0000+p3310-1000", "nvidia,tegra186"],
  "tx2-nx": ["NVIDIA Jetson TX2 NX Developer Kit", "nvidia,p3509-0000+p3636-0001", "nvidia,tegra186"],
  nano: ["NVIDIA Jetson Nano Developer Kit", "nvidia,p3449-0000-b00+p3448-0000-b00", "nvidia,tegra210"],
  "nano-2gb": ["NVIDIA Jetson Nano 2GB Developer Kit", "nvidia,p3542-0000+p3448-0003", "nvidia,tegra210"],
  "agx-xavier": ["Jetson-AGX", "nvidia,p2822-0000+p2888-0001", "nvidia,tegra194"],
  "xavier-nx": ["NVIDIA Jetson Xavier NX Developer Kit", "nvidia,p3509-0000+p3668-0000", "nvidia,tegra194"],
  "agx-orin": ["NVIDIA Jetson AGX Orin Developer Kit", "nvidia,p3737-0000+p3701-0005", "nvidia,tegra234"],
  "orin-nx": [
    "NVIDIA Jetson Orin NX Engineering Reference Developer Kit",
    "nvidia,p3768-0000+p3767-0000",
    "nvidia,tegra234"
  ],
  "orin-nano": ["NVIDIA Jetson Orin Nano Developer Kit", "nvidia,p3768-0000+p3767-0005", "nvidia,tegra234"],
  "agx-thor": ["NVIDIA Jetson AGX Thor Developer Kit", "nvidia,p4071-0000+p3834-0008", "nvidia,tegra264"]
}

/** Volts on a rail and ohms of its shunt. */
const supply = (rail: string): readonly [volts: number, ohms: number] =>
  /^(VDD_GPU_SOC|VDD_CPU_CV|GPU|CPU|SOC|VDD_GPU|VDD_CPU_SOC_MSS)$/.test(rail) ? [20, 0.002] : [5, 0.005]

type Write = (watts: number) => void

/** Builds the tree in a new temporary folder; `hold` watts on every rail at first. */
export const build = (id: BoardId, driver: Driver, hold = 1): Tree => {
  const root = mkdtempSync(join(tmpdir(), `jetson-${id}-${driver}-`))
  const board = Board.byId(id)
  identity(root, id)
  rest(root, board)
  const rails = new Map<string, Write>()
  Object.entries(board.sensors).forEach(([address, labels], i) => ina3221(root, driver, address, labels, i, rails))
  if (board.kit !== undefined) ina238(root, board.kit, rails)
  const set = (watts: { readonly [rail: string]: number }) => {
    for (const [rail, value] of Object.entries(watts)) rails.get(rail)?.(value)
  }
  set(Object.fromEntries([...rails.keys()].map((rail) => [rail, hold])))
  return { root, board, driver, set, remove: () => rmSync(root, { recursive: true, force: true }) }
}

export type Trace = ReadonlyArray<{ readonly at: number; readonly watts: { readonly [rail: string]: number } }>

/** What a tegrastats log recorded, at `interval` seconds a line. */
export const traceOf = (log: string, interval: number): Trace =>
  log.split("\n").flatMap((text, i) => {
    const line = Tegrastats.parse(text)
    if (line._tag === "Malformed") return []
    const rails = line.tokens.flatMap((token) =>
      token._tag === "Rail" ? [[token.name, token.milliwatts / 1000] as const] : []
    )
    return [{ at: i * interval, watts: Object.fromEntries(rails) }]
  })

/** Plays samples at their own times (`speed` 1) or faster; `stop` ends it. Resolves after the last sample. */
export const play = (
  tree: Tree,
  trace: Trace,
  speed = 1
): { readonly done: Promise<void>; readonly stop: () => void } => {
  let timer: NodeJS.Timeout | undefined
  const { promise: done, resolve: finish } = Promise.withResolvers<void>()
  const start = performance.now()
  const step = (i: number): void => {
    const sample = trace[i]
    if (sample === undefined) return finish()
    tree.set(sample.watts)
    const next = trace[i + 1]
    const wait = next === undefined ? 0 : start + ((next.at - (trace[0]?.at ?? 0)) * 1000) / speed - performance.now()
    timer = setTimeout(() => step(i + 1), Math.max(0, wait))
  }
  step(0)
  return { done, stop: () => (clearTimeout(timer), finish()) }
}

export const put = (root: string, path: string, contents: string): string => {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, contents)
  return file
}

/** Overwrites in place: same length, one write, no moment at which the file is empty. */
const overwrite = (file: string, value: number): void => {
  const descriptor = openSync(file, "r+")
  writeSync(descriptor, `${Math.round(value)}`.padEnd(12) + "\n", 0)
  closeSync(descriptor)
}

const identity = (root: string, id: BoardId): void => {
  const [model, ...compatible] = identities[id]
  put(root, "proc/device-tree/model", `${model}\0`)
  put(root, "sys/firmware/devicetree/base/model", `${model}\0`)
  put(root, "proc/device-tree/compatible", `${compatible.join("\0")}\0`)
}

const ina3221 = (
  root: string,
  driver: Driver,
  address: string,
  labels: ReadonlyArray<string>,
  index: number,
  rails: Map<string, Write>
): void => {
  const device = `${driver === "iio" ? "sys/bus/i2c/drivers/ina3221x" : "sys/bus/i2c/drivers/ina3221"}/1-00${address}`
  const folder = driver === "iio" ? `${device}/iio:device${index}` : `${device}/hwmon/hwmon${index + 3}`
  labels.forEach((rail, k) => {
    const write = driver === "iio" ? iioChannel(root, folder, k, rail) : hwmonChannel(root, folder, k + 1, rail)
    rails.set(rail, write)
  })
  if (driver === "iio") put(root, `${folder}/polling_delay_0`, "0 ms\n")
  else hwmonRest(root, folder, device, `hwmon${index + 3}`)
}

const iioChannel = (root: string, folder: string, k: number, rail: string): Write => {
  put(root, `${folder}/rail_name_${k}`, `${rail}\n`)
  put(root, `${folder}/warn_current_limit_${k}`, "32760\n")
  const [volts, amperes, power] = ["voltage", "current", "power"].map((kind) =>
    put(root, `${folder}/in_${kind}${k}_input`, "0".padEnd(12) + "\n")
  )
  return (watts) => {
    overwrite(volts ?? "", supply(rail)[0] * 1000)
    overwrite(amperes ?? "", (watts / supply(rail)[0]) * 1000)
    overwrite(power ?? "", watts * 1000)
  }
}

const hwmonChannel = (root: string, folder: string, k: number, rail: string): Write => {
  put(root, `${folder}/in${k}_label`, `${rail}\n`)
  put(root, `${folder}/in${k}_enable`, "1\n")
  put(root, `${folder}/shunt${k}_resistor`, `${supply(rail)[1] * 1e6}\n`)
  put(root, `${folder}/in${k + 3}_input`, "13\n")
  const volts = put(root, `${folder}/in${k}_input`, `${supply(rail)[0] * 1000}\n`.padEnd(13))
  const amperes = put(root, `${folder}/curr${k}_input`, "0".padEnd(12) + "\n")
  return (watts) => {
    overwrite(volts, supply(rail)[0] * 1000)
    overwrite(amperes, (watts / supply(rail)[0]) * 1000)
  }
}

/** The driver's own sum, and the class link, both of which a reader that does not look closely counts again. */
const hwmonRest = (root: string, folder: string, device: string, name: string): void => {
  put(root, `${folder}/name`, "ina3221\n")
  put(root, `${folder}/in7_label`, "sum of shunt voltages\n")
  put(root, `${folder}/in7_input`, "39\n")
  put(root, `${folder}/curr4_input`, "99999\n")
  put(root, `${folder}/update_interval`, "35\n")
  symlinkSync(join(root, device), join(root, folder, "device"))
  mkdirSync(join(root, "sys/class/hwmon"), { recursive: true })
  symlinkSync(join(root, folder), join(root, "sys/class/hwmon", name))
}

const ina238 = (root: string, rail: string, rails: Map<string, Write>): void => {
  const device = "sys/bus/i2c/drivers/ina238/2-0044"
  const folder = `${device}/hwmon/hwmon9`
  put(root, `${folder}/name`, "ina238\n")
  const power = put(root, `${folder}/power1_input`, "0".padEnd(12) + "\n")
  rails.set(rail, (watts) => overwrite(power, watts * 1e6))
}

/** Clocks, temperature, fan and power modes. */
const rest = (root: string, board: Board.Board): void => {
  put(root, "etc/nv_tegra_release", "# R36 (release), REVISION: 4.7, GCID: 42132812, BOARD: generic\n")
  put(root, "etc/nvpmodel.conf", powerModes)
  put(root, "var/lib/nvpmodel/status", "pmode:0000\n")
  for (const cpu of [0, 1, 2, 3]) {
    const folder = `sys/devices/system/cpu/cpu${cpu}`
    put(root, `${folder}/online`, "1\n")
    put(root, `${folder}/cpufreq/scaling_cur_freq`, "1344000\n")
    put(root, `${folder}/cpufreq/scaling_min_freq`, "729600\n")
    put(root, `${folder}/cpufreq/scaling_max_freq`, "1510400\n")
    put(root, `${folder}/cpufreq/scaling_governor`, "schedutil\n")
  }
  const gpu = board.soc === "tegra264" ? "sys/class/devfreq/gpu-gpc-0" : "sys/class/devfreq/17000000.gpu"
  put(root, `${gpu}/cur_freq`, "306000000\n")
  put(root, `${gpu}/min_freq`, "306000000\n")
  put(root, `${gpu}/max_freq`, "624750000\n")
  put(root, `${gpu}/device/of_node/name`, "gpu\0")
  put(root, "sys/devices/virtual/thermal/thermal_zone0/type", "cpu-thermal\n")
  put(root, "sys/devices/virtual/thermal/thermal_zone0/temp", "48906\n")
  put(root, "sys/class/hwmon/hwmon1/name", "pwmfan\n")
  put(root, "sys/class/hwmon/hwmon1/pwm1", "77\n")
}

const powerModes = `# Written for tests; the vendor's files have the same form.
< PARAM TYPE=FILE NAME=CPU_ONLINE >
CORE_0 /sys/devices/system/cpu/cpu0/online
CORE_1 /sys/devices/system/cpu/cpu1/online

< PARAM TYPE=CLOCK NAME=CPU_A78_0 >
FREQ_TABLE /sys/devices/system/cpu/cpu0/cpufreq/scaling_available_frequencies
MAX_FREQ /sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq

< POWER_MODEL ID=0 NAME=15W >
CPU_ONLINE CORE_0 1
CPU_ONLINE CORE_1 1
CPU_A78_0 MAX_FREQ 1510400
GPU MAX_FREQ 624750000
EMC MAX_FREQ 2133000000

< POWER_MODEL ID=1 NAME=7W >
CPU_ONLINE CORE_0 1
CPU_ONLINE CORE_1 0
CPU_A78_0 MAX_FREQ 960000
GPU MAX_FREQ 408000000
EMC MAX_FREQ 2133000000

< POWER_MODEL ID=2 NAME=MAXN_SUPER >
CPU_ONLINE CORE_0 1
CPU_ONLINE CORE_1 1
CPU_A78_0 MAX_FREQ -1
GPU MAX_FREQ -1
EMC MAX_FREQ 0

< PM_CONFIG DEFAULT=0 >
< FAN_CONFIG DEFAULT=quiet >
`

/**
 * An `nvpmodel` for a PATH of tests: a script that keeps the mode in the tree, asks for a reboot when it is to change
 * to MAXN_SUPER, and refuses everything when the file `readonly` exists. Returns the folder to put first in the PATH.
 */
export const nvpmodel = (tree: Tree): string => {
  const folder = join(tree.root, "usr/sbin")
  const script = put(
    tree.root,
    "usr/sbin/nvpmodel",
    `#!/bin/sh
status="${tree.root}/var/lib/nvpmodel/status"
name() { sed -n "s/^< POWER_MODEL ID=$1 NAME=\\(.*\\) >$/\\1/p" "${tree.root}/etc/nvpmodel.conf"; }
case "$1" in
  -q) id=$(sed -n 's/pmode:0*\\([0-9]\\)$/\\1/p' "$status"); echo "NV Power Mode: $(name "$id")"; echo "$id" ;;
  -m)
    if [ -e "${tree.root}/readonly" ]; then echo "NVPM ERROR: Error opening $status: 13 Permission denied" >&2; exit 1; fi
    if [ "$(name "$2")" = MAXN_SUPER ]; then
      echo "NVPM WARN: Reboot required for changing to this power mode: $2"
      echo "NVPM WARN: DO YOU WANT TO REBOOT NOW? enter YES/yes to confirm:"
      read -r answer
      exit 0
    fi
    printf 'pmode:%04d\\n' "$2" > "$status" ;;
esac
`
  )
  chmodSync(script, 0o755)
  return folder
}
