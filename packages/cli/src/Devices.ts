/** Rebuilds the rates of the device files from profiles and idle measurements; modes, notes and what was read by hand stay. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Mode } from "@edgeol/sim/cost/Mode"
import type * as Profile from "@edgeol/sim/cost/Profile"
import * as Rates from "@edgeol/sim/cost/Rates"
import type { Board } from "@edgeol/sim/Device"
import * as Files from "./Files.ts"
import * as Measured from "./Measured.ts"

export const folder = fileURLToPath(new URL("../../sim/devices/", import.meta.url))

type Profiles = ReadonlyMap<string, Profile.Profile>

interface Origin {
  readonly from: ReadonlyArray<string>
  /** How many more cycles a byte takes here than where the profiles are from: fewer lanes, a narrower bus. */
  readonly narrower?: number
  /** Only one mode of it was measured. */
  readonly single?: boolean
  /** Idle watts in a mode, where no series of modes was measured. */
  readonly idle?: {
    readonly watts: number
    readonly mode: readonly [number, number, number, number]
    readonly note: string
  }
}

const plug = "figure 7 of doi 10.1145/3570604, clocks fixed"
const origins: Readonly<Record<string, Origin>> = {
  "agx-xavier": { from: ["agx-xavier/resnet-18", "agx-xavier/mobilenet-v3", "agx-xavier/lenet-5"] },
  "agx-orin": {
    from: ["agx-orin/resnet-18", "agx-orin/mobilenet-v3", "agx-orin/bert-base"],
    idle: {
      watts: 11.5,
      mode: [12, 2201.6, 1300.5, 3199],
      note: `18.35 W at the plug (${plug}), less the 6.84 W by which AGX Xavier's plug exceeds its rails`
    }
  },
  "orin-nano": {
    from: ["orin-nano/resnet-18"],
    idle: {
      watts: 6.21,
      mode: [6, 1728, 1020, 3199],
      note: "VDD_IN of an Orin Nano Super at its highest clocks, median of 316 samples with nothing to do (hokwangchoi/jetson-orin-nano-benchmarks)"
    }
  },
  "xavier-nx": {
    from: ["xavier-nx/mobilenet-v3", "xavier-nx/lenet-5"],
    single: true,
    idle: {
      watts: 3.6,
      mode: [6, 1420, 1109, 1600],
      note: `6.89 W at the plug (${plug}), times the 0.52 of AGX Xavier's plug that its rails measure`
    }
  },
  nano: {
    from: ["agx-xavier/resnet-18", "agx-xavier/mobilenet-v3"],
    narrower: 4,
    single: true,
    idle: { watts: 1.62, mode: [4, 1479, 921.6, 1600], note: `at the plug, so too much (${plug})` }
  }
}

/** Writes every device file; gives their names. */
export const rebuild = (data: string, profiles: Profiles, into = folder): ReadonlyArray<string> => {
  const shape = Rates.idle(Measured.idle(data))
  const off = errors(profiles)
  for (const name of Object.keys(origins)) {
    const path = join(into, `${name}.json`)
    const board = { ...(JSON.parse(readFileSync(path, "utf8")) as Board), ...computed(name, profiles, shape, off) }
    Files.replace(path, `${JSON.stringify(board, null, 2)}\n`)
  }
  return Object.keys(origins)
}

export const computed = (name: string, profiles: Profiles, shape: Rates.IdleRates, off: Rates.Errors) => {
  const { from, narrower = 1, single = false, idle } = origins[name]!
  const own = Rates.of(from.map((one) => ({ profile: profiles.get(one)!, lanes: narrower, bus: narrower })))
  // Nano's watts are no quarter of another's: its one mode has them.
  const clocks = name === "nano" ? Rates.of([source(profiles, "nano/lenet-5")]).clocks : own.clocks
  return {
    ...rounded({ ...own, clocks }),
    idle: {
      ...rounded({ idle: idle === undefined ? shape : Rates.scaledIdle(shape, anchor(idle)) }).idle,
      note: idle?.note ?? "base power of 34 runs in 14 modes, figure 9 of doi 10.1145/3570604"
    },
    spread: spread(single, off),
    from
  }
}

const anchor = ({ watts, mode: [cores, cpu, gpu, mem] }: NonNullable<Origin["idle"]>): Rates.Idle => ({
  watts,
  mode: { cores, cpu: cpu * 1e6, gpu: gpu * 1e6, mem: mem * 1e6 } satisfies Mode
})

const source = (profiles: Profiles, name: string): Rates.Source => ({ profile: profiles.get(name)!, lanes: 1, bus: 1 })

/** Every workload of a board from the others of that board; Orin Nano's steps from AGX Orin's rates, by lanes and bus. */
export const errors = (profiles: Profiles): Rates.Errors => {
  const busy = ["agx-orin", "agx-xavier"].map((board) => origins[board]!.from.filter((one) => !one.endsWith("lenet-5")))
  const within = busy.flatMap((names) =>
    names.map((one) =>
      Rates.errors(
        profiles.get(one)!,
        names.filter((other) => other !== one).map((other) => source(profiles, other))
      )
    )
  )
  const halves = busy[0]!.map((one) => ({ profile: profiles.get(one)!, lanes: 2, bus: 2 }))
  const across = Rates.errors(profiles.get("orin-nano/resnet-18")!, halves)
  return {
    step: [...within, across].flatMap(({ step }) => step),
    watts: within.flatMap(({ watts }) => watts)
  }
}

/** Calls of small networks are known to a factor of two at best; boards of one mode have half as much again. */
const spread = (single: boolean, { step, watts }: Rates.Errors): Board["spread"] => {
  const by = single ? 1.5 : 1
  return {
    step: short(by * Math.max(1, Rates.halfWidth(step))),
    watts: short(by * Rates.halfWidth(watts)),
    idle: short(by * 0.3),
    note:
      `a workload from the others of its board, or from another board: 90 % of ${step.length} steps within a factor of ` +
      `${short(1 + Rates.halfWidth(step))}, of ${watts.length} powers within ${short(1 + Rates.halfWidth(watts))}; ` +
      "at least a factor of 2 for steps, since kernel calls dominate small networks and were counted in two workloads only"
  }
}

const short = (value: number) => Number(value.toPrecision(3))

const rounded = <Parts extends Readonly<Record<string, Readonly<Record<string, number>>>>>(parts: Parts): Parts =>
  Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      Object.fromEntries(Object.entries(part).map(([key, value]) => [key, Number(value.toPrecision(4))]))
    ])
  ) as Parts
