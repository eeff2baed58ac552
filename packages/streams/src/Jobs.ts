/**
 * Sensors of a board: which network it runs, at which batch size, told from the time of a minibatch, the power and the clocks.
 * An NVIDIA Jetson AGX Orin in 441 power modes (Prashanthi S.K. et al., PowerTrain, 2024), 3 networks and 5 batch sizes.
 */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { SamplesError } from "@edgeol/core/Samples"
import { Effect, Result } from "effect"
import { damaged, type Read } from "./formats/Damage.ts"
import * as Csv from "./formats/Csv.ts"
import * as Files from "./internal/Files.ts"
import * as Kept from "./internal/Kept.ts"
import type { Stream } from "./Stream.ts"
import * as Table from "./Table.ts"

const networks = ["lstm", "mobnet", "resnet"]
const batchSizes = [1, 4, 16, 32, 64]
const columns = ["cores", "cpu", "gpu", "mem", "observed_time", "observed_power", "bs"] as const
/** Power modes in which each network ran at each batch size, as many at each of seven GPU clocks. */
const MODES = 441

const classes = networks.flatMap((network) => batchSizes.map((size) => `${network} by ${size}`))
/** Cores, CPU clock, memory clock, time and power. */
const shape: Examples["shape"] = [1, 1, 5]

/** One minibatch: its class, the GPU clock, Hz, and what the sensors say. */
export interface Reading {
  readonly label: number
  readonly clock: number
  readonly values: ReadonlyArray<number>
}

export interface Readings {
  readonly examples: Examples
  /** GPU clock of each, Hz. */
  readonly clocks: ReadonlyArray<number>
}

export const read = (data: string): Effect.Effect<Readings, SamplesError> =>
  Effect.gen(function* () {
    const parts = yield* Effect.forEach(networks, (network, n) =>
      Effect.flatMap(
        Files.read(data, `jetson/iisc-powertrain/agx-orin/infer/${network}_infer_data_final.csv`),
        (file) => Effect.fromResult(readingsOf(file, n))
      )
    )
    return assemble(parts.flat())
  })

/** The rows of one network. */
export const readingsOf = (file: Files.File, network: number): Read<ReadonlyArray<Reading>> =>
  Result.gen(function* () {
    const [header, ...rows] = yield* Csv.read(file.bytes, file.path)
    const places = columns.map((column) => header?.fields.indexOf(column) ?? -1)
    const lost = places.indexOf(-1)
    if (lost >= 0) return yield* damaged(file.path, 0, `no column is called "${columns[lost]}"`)
    const readings: Array<Reading> = []
    for (const { fields, line } of rows) {
      const [cores = 0, cpu = 0, clock = 0, mem = 0, time = 0, power = 0, size = 0] = places.map((i) =>
        Number(fields[i])
      )
      const batch = batchSizes.indexOf(size)
      if (batch < 0 || !(time > 0 && power > 0 && cores > 0 && cpu > 0 && clock > 0 && mem > 0))
        return yield* Result.fail(Csv.refusal(`${file.path}, line ${line}: this is no minibatch of 1, 4, 16, 32 or 64`))
      // Times span three orders of magnitude: on a linear scale short ones would all be one byte.
      const values = [cores, cpu, mem, Math.log(time), power]
      readings.push({ label: network * batchSizes.length + batch, clock, values })
    }
    const count = batchSizes.length * MODES
    if (readings.length !== count)
      return yield* damaged(file.path, 0, `it holds ${readings.length} minibatches, not ${count}`)
    return readings
  })

/** Each sensor scaled to bytes over its range, as in tables. */
export const assemble = (readings: ReadonlyArray<Reading>): Readings => {
  const inputs = new Uint8Array(readings.length * shape[2])
  for (let k = 0; k < shape[2]; k++)
    Table.quantise(Float64Array.from(readings, ({ values }) => values[k]!)).forEach(
      (byte, i) => (inputs[i * shape[2] + k] = byte)
    )
  const labels = Int32Array.from(readings, ({ label }) => label)
  return { examples: { count: readings.length, shape, inputs, labels }, clocks: readings.map(({ clock }) => clock) }
}

/** New instances: all networks and batch sizes at the fastest GPU clock, then at ever slower ones, of which no sensor tells. */
export const ni =
  ({ examples, clocks }: Readings) =>
  (seed: number): Stream => {
    const order = Rng.named(seed, "jetson-jobs/classes").permutation(classes.length)
    const roles = Kept.independent(examples, seed, "jetson-jobs")
    const labels = Array.from(order, (_, label) => label)
    const descending = [...new Set(clocks)].toSorted((a, b) => b - a)
    const scenarios = descending.map((clock) => {
      const at = (images: ReadonlyArray<number>) => images.filter((i) => clocks[i] === clock)
      const own = { train: at(roles.train), validation: at(roles.validation), heldOut: at(roles.heldOut) }
      return Kept.scenario({ seed, images: examples, order, roles: own }, `${clock / 1e6} MHz`, labels, "clear")
    })
    return { name: "jetson-jobs/ni", version: 1, classes: Array.from(order, (one) => classes[one]!), shape, scenarios }
  }
