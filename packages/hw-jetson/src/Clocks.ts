/**
 * Clocks, temperatures and the fan of a board, from sysfs: what every run records, since a run whose GPU clock moved is
 * no sample of its mode. Fixing the clocks goes through `jetson_clocks`, which pins them to the mode's maximum.
 */
import type { Scope } from "effect"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Runner } from "./Command.ts"
import * as Sysfs from "./internal/sysfs.ts"
import type { PowerModeError } from "./PowerModeError.ts"
import { because } from "./PowerModeError.ts"

/** Hz; undefined where the board does not show it. */
export interface Clock {
  readonly name: string
  readonly now: number | undefined
  readonly least: number | undefined
  readonly most: number | undefined
}

export interface Snapshot {
  readonly cores: number
  readonly cpus: ReadonlyArray<Clock>
  readonly gpus: ReadonlyArray<Clock>
  /** Root only. */
  readonly emc: Clock | undefined
  /** Degrees Celsius by zone; a gated sensor (-256) is left out. */
  readonly temperatures: { readonly [zone: string]: number }
  /** 0 to 255. */
  readonly fan: number | undefined
  readonly release: string | undefined
}

/** Never throws: what cannot be read is absent. */
export const read = (root: string): Snapshot => {
  const cpus = folders(root, "sys/devices/system/cpu", /^cpu\d+$/)
  const online = cpus.filter((folder) => Sysfs.text(join(folder, "online")) !== "0")
  return {
    cores: online.length,
    cpus: online.map((folder) =>
      clock(join(folder, "cpufreq"), nameOf(folder), ["scaling_cur_freq", "scaling_min_freq", "scaling_max_freq"], 1000)
    ),
    gpus: gpus(root).map((folder) => clock(folder, nameOf(folder), ["cur_freq", "min_freq", "max_freq"], 1)),
    emc: emc(root),
    temperatures: temperatures(root),
    fan: integer(fans(root)[0] ?? ""),
    release: Sysfs.text(join(root, "etc/nv_tegra_release"))?.split("\n")[0]
  }
}

const nameOf = (folder: string): string => folder.split("/").at(-1) ?? folder

const folders = (root: string, base: string, pattern: RegExp): ReadonlyArray<string> =>
  Sysfs.names(join(root, base))
    .filter((name) => pattern.test(name))
    .map((name) => join(root, base, name))

const integer = (file: string): number | undefined => {
  const value = Sysfs.integer(Sysfs.text(file) ?? "")
  return value !== undefined && value >= 0 && value < 1e12 ? value : undefined
}

const clock = (folder: string, name: string, files: readonly [string, string, string], factor: number): Clock => {
  const [now, least, most] = files.map((file) => {
    const value = integer(join(folder, file))
    return value === undefined ? undefined : value * factor
  })
  return { name, now, least, most }
}

/** Entries of devfreq whose device is the GPU: gp10b, gv11b, ga10b, gb10b or gpu; gpu-gpc-N on Thor. */
const gpus = (root: string): ReadonlyArray<string> =>
  folders(root, "sys/class/devfreq", /./).filter((folder) => {
    const node = Sysfs.text(join(folder, "device/of_node/name")) ?? ""
    return /^(?:g[pva]10b|gv11b|gb10b|gpu)$/.test(node) || /gpu-gpc|\.(?:g[pva]1[01]b|gpu)$/.test(nameOf(folder))
  })

const emc = (root: string): Clock | undefined => {
  const bpmp = clock(join(root, "sys/kernel/debug/bpmp/debug/clk/emc"), "emc", ["rate", "min_rate", "max_rate"], 1)
  if (bpmp.now !== undefined) return bpmp
  const thor = clock(join(root, "sys/class/devfreq/bwmgr"), "emc", ["cur_freq", "min_freq", "max_freq"], 1)
  return thor.now === undefined ? undefined : thor
}

const temperatures = (root: string): { readonly [zone: string]: number } =>
  Object.fromEntries(
    folders(root, "sys/devices/virtual/thermal", /^thermal_zone\d+$/).flatMap((folder) => {
      const milli = Sysfs.integer(Sysfs.text(join(folder, "temp")) ?? "")
      const zone = Sysfs.text(join(folder, "type"))
      return zone === undefined || milli === undefined || milli <= -256_000 ? [] : [[zone, milli / 1000] as const]
    })
  )

const fans = (root: string): ReadonlyArray<string> =>
  folders(root, "sys/class/hwmon", /^hwmon\d+$/)
    .map((folder) => join(folder, "pwm1"))
    .concat(join(root, "sys/devices/pwm-fan/target_pwm"))
    .filter((file) => integer(file) !== undefined)

/** Sets the fan (0 to 255) until the scope ends. */
export const useFan = (root: string, speed: number): Effect.Effect<void, PowerModeError, Scope.Scope> => {
  const file = fans(root)[0]
  if (file === undefined) return Effect.fail(because("NoConfig", `No fan under ${root}.`))
  if (!(speed >= 0 && speed <= 255)) return Effect.fail(because("NotSet", `A fan runs at 0 to 255, not at ${speed}.`))
  const before = integer(file) ?? 0
  return Effect.asVoid(Effect.acquireRelease(write(file, Math.round(speed)), () => Effect.ignore(write(file, before))))
}

const write = (file: string, value: number): Effect.Effect<void, PowerModeError> =>
  Effect.try({
    try: () => writeFileSync(file, `${value}\n`),
    catch: (error) =>
      because(
        /^(EACCES|EPERM|EROFS)$/.test(Sysfs.errno(error)) ? "PermissionDenied" : "NotSet",
        `${file} cannot be written (${Sysfs.errno(error)}): run with sudo.`
      )
  })

/** Pins all clocks to the maximum of the current mode until the scope ends; `store` keeps the ones before. */
export const pin = (run: Runner, store: string): Effect.Effect<void, PowerModeError, Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(Effect.andThen(clocks(run, "--store", store), clocks(run)), () =>
      Effect.ignore(clocks(run, "--restore", store))
    )
  )

const clocks = (run: Runner, ...args: ReadonlyArray<string>): Effect.Effect<void, PowerModeError> =>
  Effect.flatMap(run("jetson_clocks", args), ({ code, text }) => {
    if (/root|sudo|permission/i.test(text))
      return Effect.fail(because("PermissionDenied", "jetson_clocks needs root: run with sudo."))
    return code === 0
      ? Effect.void
      : Effect.fail(because("NotSet", `jetson_clocks failed (exit ${code}): ${text.trim().slice(0, 120)}`))
  })
