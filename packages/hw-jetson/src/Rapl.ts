/**
 * Energy of a PC's processor from RAPL under /sys/class/powercap: counters in microjoules that wrap around.
 *
 * The total is the packages and, where they have one of their own, the memory (`dram`); `core` and `uncore` are parts
 * of a package, `psys` is a platform that contains it. Covers processor and memory, not disks, graphics or the supply.
 * Counters update about once a millisecond (Hähnel et al. 2012, "Measuring energy consumption for short code paths using
 * RAPL", section 3); Khan et al. 2018, "RAPL in action", found errors against a wall meter of a few percent.
 */
import { EnergyMeter, MeterError } from "@edgeol/core/EnergyMeter"
import { joules } from "@edgeol/core/Units"
import type { Scope } from "effect"
import { Effect, Layer, Schedule } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Sysfs from "./internal/sysfs.ts"

export interface Domain {
  readonly name: string
  readonly file: string
  /** Microjoules at which the counter starts again. */
  readonly range: number
}

/** Microjoules added up over a counter that wraps: plain numbers. */
export interface Counter {
  readonly last: number
  readonly total: number
}

/** Adds what a counter has gone on since its last reading; a smaller number has wrapped once. */
export const advance = (counter: Counter, reading: number, range: number): Counter => ({
  last: reading,
  total: counter.total + (reading >= counter.last ? reading - counter.last : reading + range - counter.last)
})

/** Domains that add up to the processor and its memory. */
export const discover = (root: string): ReadonlyArray<Domain> => {
  const base = join(root, "sys/class/powercap")
  const zones = Sysfs.names(base).filter((name) => /^(?:intel|amd)-rapl:\d+(?::\d+)?$/.test(name))
  return zones.flatMap((zone) => {
    const name = Sysfs.text(join(base, zone, "name")) ?? ""
    const range = Sysfs.integer(Sysfs.text(join(base, zone, "max_energy_range_uj")) ?? "")
    const counts = name.startsWith("package") || name === "dram"
    return counts && range !== undefined && range > 0 ? [{ name, file: join(base, zone, "energy_uj"), range }] : []
  })
}

const unavailable = (message: string): MeterError => new MeterError({ reason: "Unavailable", message })

/** Microjoules of one domain now. */
const readDomain = (domain: Domain): Effect.Effect<number, MeterError> =>
  Effect.suspend(() => {
    try {
      const text = readFileSync(domain.file, "utf8")
      const value = Sysfs.integer(text)
      if (value !== undefined && value >= 0 && value <= domain.range) return Effect.succeed(value)
      return Effect.fail(unavailable(`${domain.file} holds ${JSON.stringify(text.slice(0, 20))}, which is no counter.`))
    } catch (error) {
      const code = Sysfs.errno(error)
      const cure =
        code === "EACCES" ? `run as root, or once: sudo chmod a+r ${domain.file}` : "check the driver with dmesg"
      return Effect.fail(unavailable(`${domain.file} cannot be read (${code}); ${cure}.`))
    }
  })

/** A counter of joules since it was made. Between readings it looks itself, so that no wrap is missed. */
export const make = Effect.fnUntraced(function* (
  options: { readonly root?: string } = {}
): Effect.fn.Return<EnergyMeter["Service"], MeterError, Scope.Scope> {
  const root = options.root ?? "/"
  const domains = discover(root)
  if (domains.length === 0)
    return yield* unavailable(`No RAPL counter under ${join(root, "sys/class/powercap")}; energy can be modelled only.`)
  let counters: ReadonlyArray<Counter> = (yield* Effect.forEach(domains, readDomain)).map((last) => ({
    last,
    total: 0
  }))
  const read = Effect.map(Effect.forEach(domains, readDomain), (readings) => {
    counters = counters.map((counter, i) => advance(counter, readings[i] ?? counter.last, domains[i]?.range ?? 0))
    return joules(counters.reduce((sum, counter) => sum + counter.total, 0) / 1e6)
  })
  // 262 kJ, the usual range, take 9 minutes at 500 W.
  yield* Effect.forkScoped(Effect.repeat(Effect.ignore(read), Schedule.spaced("1 minute")))
  return { kind: "measured", source: `RAPL, ${domains.map((domain) => domain.name).join(" + ")}`, read: () => read }
})

export const layer = (options: { readonly root?: string } = {}): Layer.Layer<EnergyMeter, MeterError> =>
  Layer.effect(EnergyMeter, make(options))
