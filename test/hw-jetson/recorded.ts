/** Logs of real boards, when they are there, and a few lines of our own that are always there. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { data } from "../data.ts"

const folder = join(data, "jetson/tegrastats")

export const isRecorded = existsSync(folder)
if (!isRecorded) console.warn(`Skipping the tests of recorded Jetson logs: ${folder} is absent (set EDGEOL_DATA).`)

export const logs = (): ReadonlyArray<{ readonly name: string; readonly text: string }> =>
  isRecorded
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".log"))
        .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }))
    : []

/** Shapes of each release, written by hand. */
export const lines = {
  jetpack2:
    "RAM 450/1892MB (lfb 130x4MB) cpu [1%,0%,off,off]@204 EMC 2%@204 AVP 0%@204 VDE 0 GR3D 0%@72 EDP limit 1734",
  tx2: "RAM 900/7859MB (lfb 26x4MB) SWAP 0/3929MB (cached 0MB) CPU [4%@2035,off,off,1%@2035] EMC_FREQ 2%@1600 GR3D_FREQ @0 APE 150 MTS fg 0% bg 3% PLL@34.5C GPU@31C VDD_SYS_GPU 153/153 VDD_IN 1840/1840 VDD_SYS_CPU 306/306",
  nano: "RAM 936/3964MB (lfb 366x4MB) IRAM 0/252kB(lfb 252kB) CPU [10%@102,3%@102] EMC_FREQ 0%@204 GR3D_FREQ 0%@76 APE 25 iwlwifi@35C thermal@28C POM_5V_IN 920/920 POM_5V_GPU 0/0 POM_5V_CPU 119/119",
  xavier:
    "RAM 721/31927MB (lfb 7291x4MB) CPU [2%@1190,off] EMC_FREQ 0%@665 GR3D_FREQ 0%@318 VIC_FREQ 0%@115 AO@37.5C GPU@37.5C CPU@37.5C GPU 0/0 CPU 311/311 SOC 932/932 CV 0/0 VDDRQ 621/621 SYS5V 1482/1482",
  agxOrin:
    "04-24-2023 00:01:24 RAM 1282/62795MB (lfb 15152x4MB) CPU [0%@729,0%@729] EMC_FREQ 0%@2133 GR3D_FREQ 0%@0 GR3D2_FREQ 0%@0 NVJPG1 729 VIC_FREQ 729 CV0@-256C CPU@42.593C VDD_GPU_SOC 2399mW/2399mW VDD_CPU_CV 400mW/400mW VIN_SYS_5V0 4032mW/4032mW NC 0mW/0mW VDDQ_VDD2_1V8AO 301mW/301mW NC 0mW/0mW",
  orinNano:
    "04-19-2026 01:31:10 RAM 519/7607MB (lfb 61x4MB) CPU [0%@1728,9%@1728] EMC_FREQ 0%@3199 GR3D_FREQ 0%@[1018] NVDEC off VIC off APE 200 cpu@48.906C tj@49.593C VDD_IN 5971mW/5971mW VDD_CPU_GPU_CV 1669mW/1669mW VDD_SOC 2308mW/2308mW",
  thor: "07-23-2026 15:29:26 RAM 9101/125811MB (lfb 19x4MB) CPU [39%@2160] EMC_FREQ 7%@3200 GR3D_FREQ @[314,314,314] NVENC0_FREQ @1556 VIC 59%@423 PVA0_FREQ off cpu@34.843C/35C VDD_GPU 4925mW/4925mW/4925mW VDD_CPU_SOC_MSS 8710mW/8710mW/8710mW VIN_SYS_5V0 6767mW/6767mW/6767mW VIN 26500mW/26500mW/26500mW"
} as const
