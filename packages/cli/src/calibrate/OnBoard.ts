/** Times a model's training steps and their energy on a Jetson, in one power mode after another. */
import { availableParallelism } from "node:os"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import type * as Board from "@edgeol/hw-jetson/Board"
import * as Clocks from "@edgeol/hw-jetson/Clocks"
import * as JetsonMeter from "@edgeol/hw-jetson/JetsonMeter"
import * as NvpmodelConf from "@edgeol/hw-jetson/NvpmodelConf"
import type { Energy } from "@edgeol/hw-jetson/PowerIntegral"
import type { Modes } from "@edgeol/hw-jetson/PowerModes"
import type * as Mode from "@edgeol/sim/cost/Mode"
import { Console, Effect } from "effect"
import cli from "../../package.json" with { type: "json" }
import type { CliError } from "../CliError.ts"
import type { Progress } from "../Progress.ts"
import * as Host from "./Host.ts"
import * as ModeChoice from "./ModeChoice.ts"
import * as StepProcess from "./StepProcess.ts"
import * as Subject from "./Subject.ts"
import * as Timings from "./Timings.ts"

export interface Options {
  readonly board: Board.Board
  readonly root: string
  readonly model: Subject.Name
  readonly batches: ReadonlyArray<number>
  /** Modes to profile. */
  readonly count: number
  /** For each mode, warm-up and cool-down included. */
  readonly seconds: number
  readonly file: string
}

/** Power settles 2 to 3 s after a change of mode. */
const settling = 3

type Cell = Timings.Cell

/** The step that modes are compared by. */
export const reference = (batches: ReadonlyArray<number>): Pick<Cell, "batch" | "depth"> => ({
  batch: batches.findLast((batch) => batch <= 16) ?? batches[0]!,
  depth: 0
})

/** Profiles modes until as many are done as were asked for; those of an earlier start count. */
export const measure = Effect.fnUntraced(function* (options: Options, modes: Modes, progress: Progress) {
  yield* Tensorflow.ensure
  const header = headerOf(options)
  const log = yield* Host.open(options.file, header)
  const visits = [...log.visits]
  const add = (visit: Timings.Visit) =>
    Timings.attempt(options.file, () => {
      log.add(visit)
      visits.push(visit)
    })
  yield* modes.recover
  const meter = yield* JetsonMeter.make({ root: options.root })
  const refused = new Set<string>()
  const current = (yield* modes.current).name
  const all = candidates(modes)
  while (true) {
    const done = all.filter(({ name }) => isDone(visits, name))
    const left = all.filter((one) => !done.includes(one) && !refused.has(one.name))
    progress.to(done.length, `${done.length} modes`)
    if (done.length >= Math.min(options.count, all.length) || left.length === 0) return { header, visits }
    const seen = observations(visits, modes, options.batches)
    const next =
      seen.length === 0 ? (left.find(({ name }) => name === current) ?? left[0]) : ModeChoice.next(seen, left)
    const { name } = next!
    const profiled = profile(options, meter, name, visits, add)
    yield* Effect.scoped(Effect.andThen(modes.use(name), profiled)).pipe(
      Effect.catchIf(
        (error) => error._tag === "PowerModeError" && error.reason === "NeedsReboot",
        (error) => {
          refused.add(name)
          return Console.error(`${name} is left out. ${error.message}`)
        }
      )
    )
  }
})

const headerOf = ({ board, root, model }: Options): Timings.Header => ({
  format: "edgeol-timings@1",
  model: JSON.stringify(Subject.configs[model]),
  machine: `${board.name}, ${Clocks.read(root).release ?? "release unknown"}`,
  versions: { edgeol: cli.version, node: process.versions.node }
})

const knobs = ["cores", "cpu", "gpu", "mem"] as const

/** What the configuration says of each mode; undefined where a mode sets no limit, as the fastest ones do. */
const limits = ({ config }: Modes) =>
  new Map(
    NvpmodelConf.summaries(config).map(
      ({ name, cores, cpu, gpu, emc }) => [name, { cores, cpu, gpu, mem: emc }] as const
    )
  )

/** Modes to choose from. No limit counts as a little more than the highest one, until the mode is set and can be asked. */
export const candidates = (modes: Modes): ReadonlyArray<ModeChoice.Candidate> => {
  const all = [...limits(modes)]
  const most = (knob: (typeof knobs)[number]) => Math.max(1, ...all.map(([, mode]) => mode[knob] ?? 0))
  return all.map(([name, mode]) => ({
    name,
    mode: {
      cores: mode.cores ?? most("cores"),
      cpu: mode.cpu ?? 1.1 * most("cpu"),
      gpu: mode.gpu ?? 1.1 * most("gpu"),
      mem: mode.mem ?? 1.1 * most("mem")
    }
  }))
}

const isDone = (visits: ReadonlyArray<Timings.Visit>, name: string) =>
  visits.some(({ board }) => board?.mode === name && board.phase === "cool-down")

const timedIn = (visits: ReadonlyArray<Timings.Visit>, name: string) =>
  visits.filter(({ board }) => board?.mode === name && board.phase === "timed")

/** Warm-up, steps of every pair of batch and depth, cool-down: each visit with its energy. */
const profile = Effect.fnUntraced(function* (
  options: Options,
  meter: JetsonMeter.Meter,
  mode: string,
  visits: ReadonlyArray<Timings.Visit>,
  add: (visit: Timings.Visit) => Effect.Effect<void, CliError>
) {
  // A mode has cores of its own, and TensorFlow counts them when it starts.
  const threads = Math.max(1, Math.min(availableParallelism(), Clocks.read(options.root).cores))
  const { time } = yield* StepProcess.start(Subject.configs[options.model], threads)
  const started = performance.now()
  const spent = () => (performance.now() - started) / 1000
  const first = { threads, ...reference(options.batches) }
  const settle = Math.min(settling, options.seconds / 6)
  const visit = Effect.fnUntraced(function* (cell: Cell, phase: "warm-up" | "timed", steps: number) {
    const { value, energy } = yield* meter.measure(time({ ...cell, steps }))
    yield* add({ ...cell, steps: value, board: { mode, phase, ...spentOn(energy, options.root) } })
  })
  do yield* visit(first, "warm-up", 2)
  while (spent() < settle)
  const cells = Host.cells({ ...options, threads: [threads] })
  const missing = cells.filter((cell) => !timedIn(visits, mode).some((seen) => Timings.isOf(cell, seen)))
  for (const cell of missing) yield* visit(cell, "timed", Host.stepsOf(cell.batch))
  for (let i = 0; spent() < options.seconds - settle; i++) {
    const cell = i % 2 === 0 ? first : cells[(i >> 1) % cells.length]!
    yield* visit(cell, "timed", Host.stepsOf(cell.batch))
  }
  const { energy } = yield* meter.measure(Effect.sleep(1000 * settle))
  yield* add({ ...first, steps: [], board: { mode, phase: "cool-down", ...spentOn(energy, options.root) } })
}, Effect.scoped)

const spentOn = ({ seconds, joules, error }: Pick<Energy, "seconds" | "joules" | "error">, root: string) => {
  const { cores, cpus, gpus, emc, temperatures } = Clocks.read(root)
  const zones = Object.values(temperatures)
  const most = (clocks: ReadonlyArray<Clocks.Clock>) => Math.max(0, ...clocks.map((clock) => clock.most ?? 0)) || null
  const clocks = { cores, cpu: most(cpus), gpu: most(gpus), mem: emc?.most ?? null }
  return { seconds, joules, error, celsius: zones.length === 0 ? null : Math.max(...zones), clocks }
}

export interface Measured extends Mode.Observation {
  readonly name: string
  /** Joules of a reference step, idle included, with the half-width of their 95 % interval. */
  readonly joules: number
  readonly error: number
  /** Watts with nothing to do. */
  readonly idle: number
}

/** Seconds of the reference step and watts while it runs, in each mode that is done and whose clocks are known. */
export const observations = (
  visits: ReadonlyArray<Timings.Visit>,
  modes: Modes,
  batches: ReadonlyArray<number>
): ReadonlyArray<Measured> =>
  [...limits(modes)].flatMap(([name, limit]) => {
    const cool = visits.find(({ board }) => board?.mode === name && board.phase === "cool-down")
    if (cool?.board === undefined) return []
    const mode = {
      ...cool.board.clocks,
      ...Object.fromEntries(knobs.flatMap((knob) => (limit[knob] === undefined ? [] : [[knob, limit[knob]]])))
    }
    if (!isWhole(mode)) return []
    const { batch, depth } = reference(batches)
    const same = timedIn(visits, name).filter((visit) => visit.batch === batch && visit.depth === depth)
    const [timed] = Timings.summarise(same)
    const time = timed!.forward + timed!.backward + timed!.optimiser
    const { watts, error } = meanOf(same)
    const idle = meanOf([cool]).watts
    return [{ name, mode, time, power: watts, joules: watts * time, error: error * time, idle }]
  })

const isWhole = (mode: { readonly [knob in keyof Mode.Mode]: number | null }): mode is Mode.Mode =>
  knobs.every((knob) => mode[knob] !== null && mode[knob] > 0)

/** Watts over visits. Their errors are those of one sensor, so they add up. */
const meanOf = (visits: ReadonlyArray<Timings.Visit>) => {
  const sum = (of: "seconds" | "joules" | "error") => visits.reduce((total, { board }) => total + (board?.[of] ?? 0), 0)
  return { watts: sum("joules") / sum("seconds"), error: sum("error") / sum("seconds") }
}
