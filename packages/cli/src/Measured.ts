/** Published measurements of boards, read from the data folder: what profiles and coverage cards are made of. */
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Observation } from "@edgeol/sim/cost/Mode"
import * as ModeTable from "@edgeol/sim/cost/ModeTable"
import type { Idle } from "@edgeol/sim/cost/Rates"
import type * as Profile from "@edgeol/sim/cost/Profile"

export interface Measured {
  readonly board: string
  readonly workload: string
  /** Profile it becomes, such as `agx-orin/resnet-18`. */
  readonly name: string
  readonly file: string
  readonly doi: string
  readonly note: string
  readonly idle?: Profile.About["idle"]
  readonly firstStep?: Profile.About["firstStep"]
  /** A set whose profile this one starts from, and how the silicon compares: lanes for `G`, bus width for `M`. */
  readonly from?: { readonly name: string; readonly ratios: Readonly<Record<string, number>> }
  /** How many modes a profile fits. */
  readonly modes: number
  readonly read: (file: string, text: string) => ReadonlyArray<Observation>
}

const powerTrain = "10.1016/j.future.2024.07.001"
const sigmetrics = "10.1145/3570604"

const table = (file: string, text: string) => ModeTable.read(file, text).observations

const orin = (workload: string, stem: string, seconds: number): Measured => ({
  board: "agx-orin",
  workload,
  name: `agx-orin/${workload}`,
  file: `iisc-powertrain/agx-orin/train/${stem}_train_data_final.csv`,
  doi: powerTrain,
  note:
    "AGX Orin developer kit 32 GB, JetPack 5.0.1, PyTorch 1.12, batch 16, 4 loader processes. Power is the sum of all rails " +
    "as logged, so VDDQ counts twice: 0.3 to 3 W too much, and without the carrier board",
  idle: {
    watts: 18.35,
    note: "at the plug, clocks fixed, with carrier board and supply (figure 7 of doi 10.1145/3570604)"
  },
  firstStep: {
    seconds,
    note: "first minibatch at MAXN-like clocks, as kernels are selected; one run (fixed-mode-runs of the same source)"
  },
  modes: 100,
  read: table
})

const nano: Measured = {
  board: "orin-nano",
  workload: "resnet-18",
  name: "orin-nano/resnet-18",
  file: "iisc-powertrain/derived/orin_nano_power_mode_summary.csv",
  doi: powerTrain,
  note:
    "Orin Nano developer kit 8 GB, batch 16, 4 loader processes. Logged power adds VDD_IN and its parts; corrected by " +
    "VDD_IN = 0.3847 W + 0.571 * logged, found on another trace (root mean square error 0.1 W): 5 % systematic",
  firstStep: { seconds: 3.82, note: "first minibatch in the mode of 6 cores and highest clocks; one run" },
  modes: 100,
  read: (file, text) => table(file, renamed(text))
}

const xavier = (workload: string, model: string): Measured => ({
  board: "agx-xavier",
  workload,
  name: `agx-xavier/${workload}`,
  file: "iisc-sigmetrics2023-figures/fig9_agx_xavier_power_modes.csv",
  doi: sigmetrics,
  note:
    "AGX Xavier developer kit, JetPack 4.5.1, PyTorch 1.8, batch 16. Read off published figures to 0.3 % of the axis; " +
    "ten to fourteen modes, so intervals are wide",
  idle: { watts: 7.4, note: "base power at MAXN from the same figure; 4.7 W at the lowest clocks" },
  modes: 100,
  read: (file, text) => digitised(file, text, model)
})

/** Boards measured in one mode: the fit of AGX Xavier, scaled by lanes and bus, and put through the one mode. */
const single = (
  board: string,
  workload: string,
  device: string,
  model: string,
  [lanes, bus]: readonly [number, number],
  mode: string
): Measured => ({
  board,
  workload,
  name: `${board}/${workload}`,
  file: "iisc-sigmetrics2023-figures/fig3_devices_storage.csv",
  doi: sigmetrics,
  note:
    `${device}, JetPack 4.5.1, PyTorch 1.8, batch 16, one mode read off a published figure. All else is carried over from ` +
    "AGX Xavier by the ratios of GPU lanes and memory bus; its intervals come from how far such coefficients may move",
  idle: device === "Nano" ? { watts: 1.62, note: atPlug } : { watts: 6.89, note: atPlug },
  from: { name: `agx-xavier/${workload}`, ratios: { G: 512 / lanes, M: 256 / bus } },
  modes: 1,
  read: (file, text) => oneMode(file, text, device, model, mode)
})

const atPlug = "at the plug, clocks fixed, with carrier board and supply (figure 7 of the same source)"
const nxMode = "6,1420,1109,1600"
const nanoMode = "4,1479,921.6,1600"

export const all: ReadonlyArray<Measured> = [
  orin("resnet-18", "resnet", 12.48),
  orin("mobilenet-v3", "mobnet", 13.68),
  orin("bert-base", "bert", 8.01),
  nano,
  xavier("resnet-18", "ResNet"),
  xavier("mobilenet-v3", "MobNet"),
  xavier("lenet-5", "LeNet"),
  single("xavier-nx", "mobilenet-v3", "Xavier NX", "MobNet", [384, 128], nxMode),
  single("xavier-nx", "lenet-5", "Xavier NX", "LeNet", [384, 128], nxMode),
  single("nano", "lenet-5", "Nano", "LeNet", [128, 64], nanoMode)
]

/** The rows of a set, or undefined where the data folder lacks it. Throws `TableError`. */
export const read = (data: string, { file, read }: Measured): ReadonlyArray<Observation> | undefined => {
  const path = join(data, "jetson", file)
  return existsSync(path) ? read(path, readFileSync(path, "utf8")) : undefined
}

/** Idle watts of AGX Xavier by mode, once for each workload. */
export const idle = (data: string): ReadonlyArray<Idle> => {
  const text = readFileSync(join(data, "jetson/iisc-sigmetrics2023-figures/fig9_agx_xavier_power_modes.csv"), "utf8")
  return records(text).map((row) => ({
    watts: Number(row.base_power_w),
    mode: {
      cores: Number(row.cores),
      cpu: Number(row.cpu_mhz) * 1e6,
      gpu: Number(row.gpu_mhz) * 1e6,
      mem: Number(row.emc_mhz) * 1e6
    }
  }))
}

export const about = (data: string, set: Measured): Profile.About => ({
  name: set.name,
  board: set.board,
  workload: set.workload,
  provenance: {
    files: [
      {
        path: set.file,
        sha256: createHash("sha256")
          .update(readFileSync(join(data, "jetson", set.file)))
          .digest("hex")
      }
    ],
    doi: set.doi,
    note: set.note
  },
  ...(set.idle === undefined ? {} : { idle: set.idle }),
  ...(set.firstStep === undefined ? {} : { firstStep: set.firstStep })
})

const records = (text: string): ReadonlyArray<Readonly<Record<string, string>>> => {
  const [header, ...rows] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(","))
  return rows.map((row) => Object.fromEntries(header!.map((name, i) => [name, row[i] ?? ""])))
}

const head = "cores,cpu,gpu,mem,observed_time,observed_power"

/** Median time, corrected median power. */
const renamed = (text: string) =>
  [
    head,
    ...records(text).map((row) =>
      [
        row.cores,
        row.cpu_khz,
        row.gpu_hz,
        row.emc_hz,
        row.time_ms_median,
        0.3847 + (0.571 * Number(row.power_mw_median)) / 1000
      ].join(",")
    )
  ].join("\n")

const digitised = (file: string, text: string, model: string) =>
  table(
    file,
    [
      head,
      ...records(text)
        .filter((row) => row.model === model)
        .map((row) =>
          [row.cores, row.cpu_mhz, row.gpu_mhz, row.emc_mhz, row.e2e_ms_per_minibatch, row.avg_power_w].join(",")
        )
    ].join("\n")
  )

/** Read without `ModeTable`, which refuses a single row. */
const oneMode = (
  file: string,
  text: string,
  device: string,
  model: string,
  mode: string
): ReadonlyArray<Observation> => {
  const row = records(text).find((one) => one.device === device && one.model === model && one.storage !== "HDD")
  const [cores, cpu, gpu, mem] = mode.split(",").map(Number) as [number, number, number, number]
  const [time, power] = [Number(row?.e2e_ms_per_minibatch) / 1000, Number(row?.avg_power_w)]
  if (!(time > 0 && power > 0))
    throw new ModeTable.TableError({ message: `${file}: it has no row of ${device} and ${model}.` })
  return [{ mode: { cores, cpu: cpu * 1e6, gpu: gpu * 1e6, mem: mem * 1e6 }, time, power }]
}
