/** Flags that several commands share. */
import { Effect, Exit, Option } from "effect"
import { Flag, Param } from "effect/cli"

/** What is learnt where nothing is said of it: it needs no data. */
export const standard = "patterns/nic"

export const namedStream = Flag.String("stream").pipe(
  Flag.withDescription(
    "Experiment by name, such as patterns/nic or gtsrb32/ni@1, a scenario, such as robot, or the .yaml file of either"
  )
)

const stream = namedStream.pipe(Flag.withDefault(standard))

export const data = Flag.String("data").pipe(
  Flag.withDescription("Folder of the data sets; built-in streams need none"),
  Flag.withDefault("../shared/data")
)

const rounds = Flag.Literals("rounds", ["warm", "cold"]).pipe(
  Flag.withDescription("Where a round runs: in the resident process, or in a fresh one that gives its memory back"),
  Flag.withDefault("warm")
)

const clock = Flag.Literals("clock", ["measured", "modelled", "real"]).pipe(
  Flag.withDescription(
    "measured: real durations, idle waits skipped; modelled: durations of a cost model, so that runs repeat to the bit; real: wall clock"
  ),
  Flag.withDefault("measured")
)

/** Without it, that of the scenario. */
export const device = Flag.String("device").pipe(
  Flag.withDescription(
    "Device and power mode whose watts the joules are modelled with, such as orin-nano@7W (default: the scenario's, or orin-nano@15W)"
  ),
  Flag.optional
)

const processes = Flag.Boolean("processes").pipe(
  Flag.withDescription(
    "Start the process of each cold round on the modelled clock too, where what it takes is charged either way"
  ),
  Flag.withDefault(false)
)

const threads = Flag.Int("threads").pipe(
  Flag.withDescription("Threads of TensorFlow (default: one for each core)"),
  Flag.optional
)

export const out = Flag.String("out").pipe(
  Flag.filter(
    (folder) => folder !== "", // as of a variable that is not set
    () => "Expected the name of a folder"
  ),
  Flag.withDescription("Folder to write to (default: a new one under runs/)"),
  Flag.optional
)

export const root = Flag.String("root").pipe(
  Flag.withDescription("File system of the board to measure, where it is not this computer's own"),
  Flag.withDefault("/")
)

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON document and nothing else on standard output"),
  Flag.withDefault(false)
)

const resume = Flag.Boolean("resume").pipe(
  Flag.withDescription("Go on where the run in --out stopped, with its own settings; begin it if it is not there"),
  Flag.withDefault(false)
)

/** Which experiment, on which data. */
export const stage = { stream, data }

/** How a run is made and where it goes. */
export const run = { rounds, clock, processes, device, threads, root, out, resume, json }

/** The same flags and arguments, whose help ends with what they are where they are not given: effect/cli does not say. */
export const shown = <All extends Readonly<Record<string, Param.Any>>>(all: All): All =>
  Object.fromEntries(Object.entries(all).map(([name, param]) => [name, withDefault(param)])) as All

const withDefault = (param: Param.Any): Param.Any => {
  const [value, description] = [absent(param), descriptionOf(param)]
  return (typeof value === "string" || typeof value === "number") && !description.includes("(default: ")
    ? Param.withDescription(param, `${description} (default: ${value})`)
    : param
}

/** What it is where nothing is said, or the reason why it must be given. */
const absent = (param: Param.Any): unknown => {
  const parsed = Effect.runSyncExit(
    param.parse({ flags: {}, arguments: [] }) as Effect.Effect<readonly [unknown, unknown]>
  )
  return Exit.isSuccess(parsed) ? parsed.value[1] : undefined
}

const descriptionOf = (param: Param.Any): string => {
  const within = param as { readonly param?: Param.Any; readonly description?: Option.Option<string> }
  if (within.param !== undefined) return descriptionOf(within.param)
  return Option.getOrElse(within.description ?? Option.none(), () => "")
}
