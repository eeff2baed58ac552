/** What measures power on this computer, and how much: a Jetson's rails with their error, else a PC's RAPL. */
import type { MeterError } from "@edgeol/core/EnergyMeter"
import * as Ledger from "@edgeol/core/Ledger"
import * as JetsonMeter from "@edgeol/hw-jetson/JetsonMeter"
import * as PowerIntegral from "@edgeol/hw-jetson/PowerIntegral"
import * as Rails from "@edgeol/hw-jetson/Rails"
import * as Rapl from "@edgeol/hw-jetson/Rapl"
import type { Scope } from "effect"
import { Effect, Schedule } from "effect"
import { CliError } from "../CliError.ts"

/** Energy of a stretch of time. */
export interface Spent {
  readonly seconds: number
  readonly joules: number
  /** Half-width of the 95 % interval; null where the sensor's error is not known. */
  readonly error: number | null
  /** All rails, read four times a second; those outside `total` are parts of it or feed something else. */
  readonly rails: { readonly [name: string]: { readonly joules: number; readonly meanWatts: number } }
  readonly total: ReadonlyArray<string>
  readonly source: string
  /** Readings of the total, and seconds that measuring took of this computer. */
  readonly samples: number
  readonly meterSeconds: number
}

/** Power at a moment. */
export interface Now {
  readonly watts: number
  readonly rails: { readonly [name: string]: number }
}

export interface Gauge {
  readonly now: Effect.Effect<Now, MeterError>
  /** Since the gauge was opened. */
  readonly spent: Effect.Effect<Spent, MeterError>
  /** Energy of one stretch of work. */
  readonly measure: <A, E>(work: Effect.Effect<A, E>) => Effect.Effect<readonly [A, Spent], E | MeterError>
}

/** Opens the best there is below a root, which is `/` on a board. */
export const open = (root: string): Effect.Effect<Gauge, CliError, Scope.Scope> =>
  Effect.catch(jetson(root), (rails) =>
    Effect.mapError(rapl(root), (counters) => new CliError({ message: absent(root, rails, counters) }))
  )

/** Says what stands in the way of the sensors that are there, or that there are none. */
const absent = (root: string, rails: MeterError, counters: MeterError): string => {
  const found = Rails.discover(root)
  if (found.board !== undefined || found.channels.length > 0) return rails.message
  if (Rapl.discover(root).length > 0) return counters.message
  return `No power sensor under ${root}, neither a Jetson's rails nor RAPL; run on a board, or give --root DIR or --replay LOG.`
}

const jetson = Effect.fnUntraced(function* (root: string) {
  const meter = yield* JetsonMeter.make({ root })
  const parts = yield* Effect.acquireRelease(
    Effect.sync(() => readers(root)),
    (opened) => Effect.sync(() => opened.forEach((reader) => reader.close()))
  )
  let sums = parts.map(() => PowerIntegral.empty({ maxGap: 1 }))
  let busy = 0
  const sample = Effect.sync(() => {
    const began = performance.now()
    const readings = parts.map((reader) => reader.read())
    sums = sums.map((sum, i) => PowerIntegral.add(sum, readings[i]!.at, readings[i]!.watts[0] ?? Number.NaN))
    busy += (performance.now() - began) / 1000
    return parts.map((reader, i) => [reader.rails[0] ?? "", readings[i]!.watts[0] ?? Number.NaN] as const)
  })
  yield* Effect.forkScoped(Effect.repeat(sample, Schedule.spaced("250 millis")))
  const { capability } = meter
  const account = Effect.fnUntraced(function* ({ seconds, joules, error, samples, watts }: PowerIntegral.Energy) {
    yield* sample
    const whole = { joules, meanWatts: seconds > 0 ? joules / seconds : watts }
    const isWhole = (rail: string) => capability.total.length === 1 && capability.total[0] === rail
    const rails = parts.map(({ rails: [rail = ""] }, i) => [rail, isWhole(rail) ? whole : of(sums[i]!)] as const)
    return {
      seconds,
      joules,
      error,
      rails: Object.fromEntries(rails),
      total: capability.total,
      source: meter.service.source,
      samples,
      meterSeconds: busy + (yield* meter.cost).seconds
    } satisfies Spent
  })
  return {
    now: Effect.gen(function* () {
      const rails = Object.fromEntries(yield* sample)
      const total = Object.values(yield* meter.watts)
      return { watts: total.reduce((sum, watts) => sum + watts, 0), rails }
    }),
    spent: Effect.flatMap(meter.energy, account),
    measure: Effect.fnUntraced(function* (work) {
      sums = parts.map(() => PowerIntegral.empty({ maxGap: 1 }))
      yield* sample
      const { value, energy } = yield* meter.measure(work)
      return [value, yield* account(energy)] as const
    })
  } satisfies Gauge as Gauge
})

/** One for each channel, so that a channel that may not be read takes none of the others with it. */
const readers = (root: string): ReadonlyArray<Rails.Reader> =>
  Rails.discover(root).channels.flatMap((channel) => {
    try {
      return [Rails.open([channel])]
    } catch {
      return []
    }
  })

const of = (sum: PowerIntegral.Sum) => {
  const { joules, watts } = PowerIntegral.energy(sum)
  return { joules, meanWatts: watts }
}

const rapl = Effect.fnUntraced(function* (root: string) {
  const meter = yield* Rapl.make({ root })
  const total = Rapl.discover(root).map((domain) => domain.name)
  let busy = 0
  let samples = 0
  const read = Effect.suspend(() => {
    const began = performance.now()
    return Effect.map(meter.read(Ledger.empty), (joules) => {
      busy += (performance.now() - began) / 1000
      samples += 1
      return { at: began / 1000, joules }
    })
  })
  const account = (from: Counted, to: Counted): Spent => ({
    seconds: to.at - from.at,
    joules: to.joules - from.joules,
    error: null,
    rails: {},
    total,
    source: meter.source,
    samples,
    meterSeconds: busy
  })
  const origin = yield* read
  let last = origin
  return {
    now: Effect.map(read, (next) => {
      const { joules, seconds } = account(last, next)
      last = next
      return { watts: joules / seconds, rails: {} }
    }),
    spent: Effect.map(read, (to) => account(origin, to)),
    measure: Effect.fnUntraced(function* (work) {
      const from = yield* read
      const value = yield* work
      return [value, account(from, yield* read)] as const
    })
  } satisfies Gauge as Gauge
})

interface Counted {
  readonly at: number
  readonly joules: number
}
