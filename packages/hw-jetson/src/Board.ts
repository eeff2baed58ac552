/**
 * Which board this is, what its power rails are, and which of them add up to the module.
 *
 * Never "sum everything": with VDD_IN or POM_5V_IN that rail alone is the module and the others are parts of it; AGX
 * boards have no such rail and sum the ones listed. Sources: mainline device trees p2888, p3701, p3767; the vendor's
 * developer guides r32-r38; recorded tegrastats lines.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"

export type BoardId =
  | "tx1"
  | "tx2"
  | "tx2-nx"
  | "nano"
  | "nano-2gb"
  | "agx-xavier"
  | "xavier-nx"
  | "agx-orin"
  | "orin-nx"
  | "orin-nano"
  | "agx-thor"

/** What a rail feeds. `input`: the whole module; `kit`: module and carrier board; `unused`: label NC. */
export type Domain = "input" | "kit" | "gpu" | "cpu" | "soc" | "memory" | "accelerator" | "io" | "carrier" | "unused"

export interface Board {
  readonly id: BoardId
  readonly name: string
  readonly soc: "tegra210" | "tegra186" | "tegra194" | "tegra234" | "tegra264"
  /** Labels of each INA3221, by I2C address, in channel order. */
  readonly sensors: { readonly [address: string]: ReadonlyArray<string> }
  /** The rails that add up to the module; empty where nothing measures it. */
  readonly total: ReadonlyArray<string>
  /** The rail of an INA238 that also covers the carrier board. */
  readonly kit?: string
  /** What no rail of the total covers. */
  readonly outside: string
  /** Watts of one step of a rail's reading, where drivers do not say: from recorded lines. */
  readonly steps: { readonly [rail: string]: number }
}

const carrier = "the carrier board and what is plugged into it"
const vddIn = { total: ["VDD_IN"], outside: carrier } as const
const nx = ["VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"]
const orinSteps = { VDD_IN: 0.04, VDD_CPU_GPU_CV: 0.04, VDD_SOC: 0.04 }
const xavierSteps = { GPU: 0.155, CPU: 0.155, SOC: 0.155, CV: 0.155, VDDRQ: 0.155, SYS5V: 0.04 }
const tx2Steps = { VDD_IN: 0.038, VDD_SYS_GPU: 0.077, VDD_SYS_SOC: 0.077, VDD_SYS_CPU: 0.077, VDD_SYS_DDR: 0.019 }

export const boards: ReadonlyArray<Board> = [
  {
    id: "tx1",
    name: "Jetson TX1",
    soc: "tegra210",
    sensors: { "40": ["VDD_IN", "VDD_GPU", "VDD_CPU"], "42": ["VDD_MUX", "VDD_5V_IO_SYS", "VDD_3V3_SYS"] },
    ...vddIn,
    steps: { VDD_IN: 0.077, VDD_CPU: 0.077, VDD_GPU: 0.019 }
  },
  {
    id: "tx2",
    name: "Jetson TX2",
    soc: "tegra186",
    sensors: {
      "40": ["VDD_SYS_GPU", "VDD_SYS_SOC", "VDD_4V0_WIFI"],
      "41": ["VDD_IN", "VDD_SYS_CPU", "VDD_SYS_DDR"],
      "42": ["VDD_MUX", "VDD_5V0_IO_SYS", "VDD_3V3_SYS"],
      "43": ["VDD_3V3_IO_SLP", "VDD_1V8_IO", "VDD_3V3_SYS_M2"]
    },
    ...vddIn,
    // JetPack 3 calls the parts VDD_CPU, VDD_GPU, VDD_SOC, VDD_WIFI, VDD_DDR.
    steps: { ...tx2Steps, VDD_4V0_WIFI: 0.019, VDD_CPU: 0.077, VDD_GPU: 0.077, VDD_SOC: 0.077, VDD_DDR: 0.019 }
  },
  {
    id: "tx2-nx",
    name: "Jetson TX2 NX",
    soc: "tegra186",
    sensors: { "40": ["VDD_IN", "VDD_CPU_GPU", "VDD_SOC"] },
    ...vddIn,
    steps: { VDD_IN: 0.04, VDD_CPU_GPU: 0.04, VDD_SOC: 0.04 }
  },
  {
    id: "nano",
    name: "Jetson Nano 4GB",
    soc: "tegra210",
    sensors: { "40": ["POM_5V_IN", "POM_5V_GPU", "POM_5V_CPU"] },
    total: ["POM_5V_IN"],
    outside: carrier,
    steps: { POM_5V_IN: 0.04, POM_5V_GPU: 0.04, POM_5V_CPU: 0.04 }
  },
  {
    id: "nano-2gb",
    name: "Jetson Nano 2GB",
    soc: "tegra210",
    sensors: {},
    total: [],
    outside: "everything: the board has no power sensor",
    steps: {}
  },
  {
    id: "agx-xavier",
    name: "Jetson AGX Xavier",
    soc: "tegra194",
    sensors: { "40": ["GPU", "CPU", "SOC"], "41": ["CV", "VDDRQ", "SYS5V"] },
    total: ["GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"],
    outside: carrier,
    steps: xavierSteps
  },
  { id: "xavier-nx", name: "Jetson Xavier NX", soc: "tegra194", sensors: { "40": nx }, ...vddIn, steps: orinSteps },
  {
    id: "agx-orin",
    name: "Jetson AGX Orin",
    soc: "tegra234",
    sensors: { "40": ["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"], "41": ["NC", "VDDQ_VDD2_1V8AO", "NC"] },
    // VDDQ_VDD2_1V8AO is fed from VIN_SYS_5V0: adding it would count 0.3-3 W twice.
    total: ["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"],
    outside: carrier,
    steps: { VDD_GPU_SOC: 0.4, VDD_CPU_CV: 0.4, VIN_SYS_5V0: 0.1, VDDQ_VDD2_1V8AO: 0.1 }
  },
  { id: "orin-nx", name: "Jetson Orin NX", soc: "tegra234", sensors: { "40": nx }, ...vddIn, steps: orinSteps },
  { id: "orin-nano", name: "Jetson Orin Nano", soc: "tegra234", sensors: { "40": nx }, ...vddIn, steps: orinSteps },
  {
    id: "agx-thor",
    name: "Jetson AGX Thor",
    soc: "tegra264",
    sensors: { "40": ["VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0"] },
    total: ["VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0"],
    kit: "VIN",
    // Two recorded lines: VIN 19.8 W against 13.5 W of rails, 16.8 against 10.6.
    outside: "the carrier board, 6 W or more of the kit, which VIN covers",
    steps: { VDD_GPU: 0.379, VDD_CPU_SOC_MSS: 0.379, VIN_SYS_5V0: 0.101, VIN: 0.01 }
  }
]

/** Module part numbers; the longer entry wins. */
const parts: ReadonlyArray<readonly [part: string, board: BoardId]> = [
  ["p3448-0003", "nano-2gb"],
  ["p3767-0003", "orin-nano"],
  ["p3767-0004", "orin-nano"],
  ["p3767-0005", "orin-nano"],
  ["p2180", "tx1"],
  ["p2371", "tx1"],
  ["p3310", "tx2"],
  ["p3489", "tx2"],
  ["p3636", "tx2-nx"],
  ["p3448", "nano"],
  ["p2888", "agx-xavier"],
  ["p3668", "xavier-nx"],
  ["p3701", "agx-orin"],
  ["p3767", "orin-nx"],
  ["p3834", "agx-thor"],
  ["p4071", "agx-thor"]
]

/** What the device tree calls the board, where it gives no part number; in this order. */
const models: ReadonlyArray<readonly [RegExp, BoardId]> = [
  [/nano 2gb/i, "nano-2gb"],
  [/orin nx/i, "orin-nx"],
  [/orin nano/i, "orin-nano"],
  // JetPack 5.0 on AGX Orin: "NVIDIA Orin Jetson-Small Developer Kit".
  [/agx orin|igx orin|orin jetson/i, "agx-orin"],
  [/thor/i, "agx-thor"],
  [/xavier nx/i, "xavier-nx"],
  [/xavier|jetson-agx/i, "agx-xavier"],
  [/tx2 nx/i, "tx2-nx"],
  [/quill|tx2/i, "tx2"],
  [/jetson.tx1/i, "tx1"],
  [/nano/i, "nano"]
]

export const byId = (id: BoardId): Board => {
  const board = boards.find((candidate) => candidate.id === id)
  if (board === undefined) throw new Error(`no board ${id}`)
  return board
}

/** The board of a device tree's texts: compatible strings, boardids, dtsfilename and model. */
export const recognise = (texts: ReadonlyArray<string>): Board | undefined => {
  const all = texts.join("\n").toLowerCase()
  const part = parts.find(([number]) => all.includes(number))
  const model = models.find(([pattern]) => pattern.test(all))
  const id = part?.[1] ?? model?.[1]
  return id === undefined ? undefined : byId(id)
}

const evidence = [
  "proc/device-tree/compatible",
  "proc/device-tree/nvidia,boardids",
  "proc/device-tree/nvidia,dtsfilename",
  "sys/firmware/devicetree/base/compatible",
  "sys/firmware/devicetree/base/model",
  "proc/device-tree/model"
]

/** The board below `root` (`/` on a board), or undefined on any other computer. */
export const identify = (root: string): Board | undefined =>
  recognise(evidence.flatMap((file) => text(join(root, file))))

const text = (file: string): ReadonlyArray<string> => {
  try {
    return readFileSync(file, "utf8")
      .split("\0")
      .filter((part) => part !== "")
  } catch {
    return []
  }
}

/** The rails that add up to the module, judged by the labels alone; undefined where no known board has them. */
export const totalOf = (labels: ReadonlySet<string>): ReadonlyArray<string> | undefined =>
  boards.map((board) => board.total).find((total) => total.length > 0 && total.every((rail) => labels.has(rail)))

/** Boards whose rails include all of these labels: several share a set. */
export const withRails = (labels: ReadonlySet<string>): ReadonlyArray<Board> =>
  boards.filter((board) => board.total.length > 0 && board.total.every((rail) => labels.has(rail)))

/** Watts of one step of a rail, by the finest board that has it and shares a total with these labels. */
export const stepOf = (rail: string, labels: ReadonlySet<string>): number | undefined =>
  withRails(labels)
    .filter((board) => [...labels].every((label) => label === "NC" || labelsOf(board).has(label)))
    .concat(withRails(labels))
    .map((board) => board.steps[rail])
    .find((step) => step !== undefined)

const labelsOf = (board: Board): ReadonlySet<string> =>
  new Set([...Object.values(board.sensors).flat(), board.kit ?? ""])

/** What a rail feeds, by its label. "GPU" on AGX Orin includes the SoC; NX and Nano classes share one for CPU and GPU. */
export const domain = (label: string): Domain => {
  if (label === "NC" || label === "") return "unused"
  if (label === "VIN") return "kit"
  if (label === "VDD_IN" || label === "POM_5V_IN") return "input"
  if (/MUX|IO|3V3|M2/.test(label) && !label.endsWith("AO")) return "carrier"
  if (/SYS_?5V|VIN_SYS/.test(label)) return "io"
  if (/DDR|VDDQ/.test(label)) return "memory"
  if (/GPU/.test(label)) return "gpu"
  if (/CPU/.test(label)) return "cpu"
  if (/CV/.test(label)) return "accelerator"
  return /SOC/.test(label) ? "soc" : "io"
}
