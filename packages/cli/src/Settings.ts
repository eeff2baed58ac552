/** From what a person typed to the world that runs. */
import { existsSync, symlinkSync, renameSync, rmSync } from "node:fs"
import { availableParallelism } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Catalog from "@edgeol/streams/Catalog"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Option } from "effect"
import { CliError } from "./CliError.ts"
import * as Files from "./Files.ts"
import type { World } from "./World.ts"

export interface Settings {
  readonly stream: string
  readonly data: string
  readonly rounds: World["rounds"]
  readonly clock: World["clock"]
  readonly device: string
  readonly threads: Option.Option<number>
}

export const world = Effect.fnUntraced(function* ({ stream, data, rounds, clock, device, threads }: Settings) {
  const { name, experiment } = yield* Experiment.load(stream)
  return yield* furnish(name, experiment, { data, rounds, clock, device, threads })
})

/** The world of an experiment that is already read. */
export const furnish = Effect.fnUntraced(function* (
  name: string,
  experiment: Experiment.Experiment,
  { data, rounds, clock, device, threads }: Omit<Settings, "stream">
) {
  const open = yield* Catalog.open(experiment.stream, data)
  const power = yield* orExplain(() => PowerModel.load(device))
  const count = Option.getOrElse(threads, availableParallelism)
  if (count < 1) return yield* new CliError({ message: `--threads must be at least 1, not ${count}.` })
  return { name, experiment, stream: open, data, rounds, clock, power, threads: count } satisfies World
})

export const policy = (specification: string): Effect.Effect<Policy, CliError> =>
  orExplain(() => Policies.parse(specification))

/** Comma-separated policies; a part that is only `field=value` belongs to the policy before it. */
export const policies = (list: string): Effect.Effect<ReadonlyArray<Policy>, CliError> => {
  const names: Array<string> = []
  for (const part of list.split(",")) {
    if (names.length > 0 && /^[\w.]+=/.test(part)) names.push(`${names.pop()},${part}`)
    else names.push(part.trim())
  }
  return Effect.forEach([...new Set(names)], policy)
}

/** Makes the output folder: the one that was named, or a new one under `runs/`. */
export const folder = (out: Option.Option<string>, fresh: boolean): Effect.Effect<string, CliError> =>
  Files.change(
    Option.getOrElse(out, () => "runs"),
    () => {
      const path = resolve(Option.getOrElse(out, () => (fresh ? stamped() : join("runs", "latest"))))
      Files.folder(path)
      if (Option.isNone(out) && fresh) pointTo(path)
      return path
    }
  )

const stamped = () => {
  const name = join("runs", new Date().toISOString().slice(0, 19).replaceAll(":", "-"))
  return existsSync(name) ? `${name}-${process.pid}` : name
}

/** `runs/latest` always names a whole folder: the link is made aside and renamed. */
const pointTo = (path: string) => {
  const link = join(dirname(path), "latest")
  const temporary = `${link}.${process.pid}.tmp`
  rmSync(temporary, { force: true })
  symlinkSync(basename(path), temporary)
  renameSync(temporary, link)
}

const orExplain = <A>(action: () => A): Effect.Effect<A, CliError> =>
  Effect.try({ try: action, catch: (error) => new CliError({ message: (error as Error).message }) })
