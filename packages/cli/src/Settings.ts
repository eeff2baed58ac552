/** From what a person typed to the world that runs. */
import { existsSync, symlinkSync, renameSync, rmSync } from "node:fs"
import { availableParallelism } from "node:os"
import { basename, join, resolve } from "node:path"
import { named, type Policy } from "@edgeol/core/Policy"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Catalog from "@edgeol/streams/Catalog"
import * as Experiment from "@edgeol/streams/Experiment"
import { Console, Effect, Option } from "effect"
import { CliError } from "./CliError.ts"
import * as DeviceFile from "./DeviceFile.ts"
import * as Files from "./Files.ts"
import * as Subject from "./Subject.ts"
import type * as Tape from "./Tape.ts"
import * as PolicyFile from "./verify/PolicyFile.ts"
import * as Workload from "./Workload.ts"
import type { World } from "./World.ts"

export interface Settings {
  /** A stream's experiment or a scenario, by name or .yaml file. */
  readonly stream: string
  readonly data: string
  readonly rounds: World["rounds"]
  readonly clock: World["clock"]
  readonly processes?: boolean
  /** That of the scenario unless given. */
  readonly device: Option.Option<string>
  readonly threads: Option.Option<number>
  /** Whose seconds the modelled clock counts; those of the computer where costs were recorded unless given. */
  readonly costs?: Tape.Header["costs"]
  readonly root?: string
}

export const world = Effect.fnUntraced(function* ({ stream, ...settings }: Settings) {
  const subject = yield* Subject.load(stream)
  if (subject._tag === "Experiment") return yield* furnish(subject, settings)
  const { source, scenario, traces } = subject
  if (scenario.stream === undefined) return yield* Subject.refuse(source, "stream", "name the stream that is learnt")
  const named = yield* Experiment.load(scenario.stream)
  if (Equipment.count(scenario) > 1) {
    return yield* Subject.refuse(source, "devices", "only edgeol simulate runs several; give one device")
  }
  const problem = Equipment.problem(scenario)
  if (problem !== undefined) return yield* Subject.refuse(source, problem.field, problem.why)
  if (settings.clock !== "modelled" && Equipment.kinds(scenario).some((kind) => Equipment.hasState(scenario, kind))) {
    yield* Console.error(
      `On this clock the device is the one that runs: what ${source} says of power modes, heat, battery and service times is left out; edgeol emulate follows it.`
    )
  }
  return yield* furnish({ ...named, scenario: { source, scenario, traces } }, settings)
})

/** TensorFlow starts as many as it is told: 1024 take 20 s on two cores, 100 000 never end. */
const mostThreads = Math.max(256, availableParallelism())

/** What is run. */
type What = Pick<World, "name" | "experiment" | "scenario">

/** The world of what is already read. */
export const furnish = Effect.fnUntraced(function* (
  what: What,
  { data, rounds, clock, processes = false, device, threads, costs, root = "/" }: Omit<Settings, "stream">
) {
  const open = yield* Catalog.open(what.experiment.stream, data)
  const scenario = what.scenario?.scenario ?? {}
  const name = yield* DeviceFile.resolve(Option.getOrElse(device, () => Equipment.nameOf(scenario)))
  yield* equipped(scenario, name)
  const workload =
    costs === undefined && CostModel.recorded(what.experiment.model.kind)
      ? undefined
      : yield* Workload.of(what.experiment, data)
  const power = Equipment.power(name, workload)
  const count = Option.getOrElse(threads, availableParallelism)
  if (count < 1 || count > mostThreads) {
    return yield* new CliError({ message: `--threads must be from 1 to ${mostThreads}, not ${count}.` })
  }
  if (!Files.isFolder(root)) {
    return yield* new CliError({ message: `There is no folder ${root}; name the board's file system with --root.` })
  }
  const world = { ...what, stream: open, data, rounds, clock, processes, power, threads: count, root }
  return (workload === undefined ? world : { ...world, workload }) satisfies World
})

/** Refuses a device that does not exist, or that lacks a power mode of the scenario. */
export const equipped = (scenario: Equipment.Equipped, device: string): Effect.Effect<void, CliError> => {
  const problem = Equipment.problem(scenario, device)
  return problem === undefined ? Effect.void : new CliError({ message: `${problem.why}.` })
}

/** Of ours, or from a file. In runs it is known by what was typed, so that their tapes say where it is. */
export const policy = (specification: string): Effect.Effect<Policy, CliError> =>
  Effect.map(PolicyFile.open(specification), ({ policy }) => named(specification, policy))

/** Comma-separated policies; a part that is only `field=value` belongs to the policy before it. */
export const policies = (list: string): Effect.Effect<ReadonlyArray<Policy>, CliError> => {
  const names: Array<string> = []
  for (const part of list.split(",")) {
    if (names.length > 0 && /^[\w.]+=/.test(part)) names.push(`${names.pop()},${part}`)
    else names.push(part.trim())
  }
  return Effect.forEach([...new Set(names)], policy)
}

/** So many seeds from the first on; what takes longer than a life is a slip of the finger. */
export const seeds = (first: number, count: number): Effect.Effect<ReadonlyArray<number>, CliError> =>
  count < 1 || count > mostSeeds
    ? new CliError({ message: `--seeds must be from 1 to ${mostSeeds}, not ${count}.` })
    : Effect.succeed(Array.from({ length: count }, (_, i) => first + i))

const mostSeeds = 100_000

const latest = join("runs", "latest")

/** The output folder: the one that was named, the latest to go on in, or a new one under `runs/`. */
export const place = (out: Option.Option<string>, resume: boolean): string =>
  resolve(Option.getOrElse(out, () => (resume && existsSync(latest) ? latest : stamped())))

/** Makes it; `runs/latest` then names a new one under `runs/`. */
export const make = (folder: string, out: Option.Option<string>): Effect.Effect<void, CliError> =>
  Files.change(folder, () => {
    Files.folder(folder)
    if (Option.isNone(out) && folder !== resolve(latest)) pointTo(folder)
  })

const stamped = () => {
  const name = join("runs", new Date().toISOString().slice(0, 19).replaceAll(":", "-"))
  return existsSync(name) ? `${name}-${process.pid}` : name
}

/** `runs/latest` always names a whole folder: the link is made aside and renamed. */
const pointTo = (folder: string) => {
  const temporary = `${latest}.${process.pid}.tmp`
  rmSync(temporary, { force: true })
  symlinkSync(basename(folder), temporary)
  renameSync(temporary, latest)
}
