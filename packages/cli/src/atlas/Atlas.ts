/** Surrogates from recorded runs: those that come with the program, and new ones. */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Experiment } from "@edgeol/streams/Experiment"
import * as Fit from "@edgeol/sim/surrogate/Fit"
import * as Recording from "@edgeol/sim/surrogate/Recording"
import * as Surrogate from "@edgeol/sim/surrogate/Surrogate"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Tape from "../Tape.ts"
import * as Everywhere from "./Everywhere.ts"
import * as Replay from "./Replay.ts"

/** Where the surrogates lie that come with the program. */
export const folder = fileURLToPath(new URL("../../../sim/surrogates/", import.meta.url))

/** `patterns/nic@1` is in `patterns-nic@1.json`. */
export const fileOf = (stream: string): string => join(folder, `${stream.replaceAll("/", "-")}.json`)

/** The surrogate in a file. */
export const load = (path: string): Effect.Effect<Surrogate.Surrogate, CliError | Surrogate.SurrogateError> =>
  Effect.try({
    try: () => Surrogate.parse(path, readFileSync(path, "utf8")),
    catch: (error) =>
      error instanceof Surrogate.SurrogateError
        ? error
        : new CliError({ message: `Cannot read ${path}: ${Files.reason(error)}; name a file that edgeol atlas wrote.` })
  })

/** The surrogate of a stream, by the stream's full name. */
export const of = (stream: string): Effect.Effect<Surrogate.Surrogate, CliError | Surrogate.SurrogateError> =>
  existsSync(fileOf(stream))
    ? load(fileOf(stream))
    : new CliError({
        message: `There is no surrogate for ${stream}; there are ${names().join(", ")}, and edgeol atlas makes others.`
      })

export const names = (): ReadonlyArray<string> =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length).replace("-", "/"))

export interface Named {
  readonly name: string
  readonly experiment: Experiment
}

/** Fits what was recorded in these folders, of one experiment. `first` names the scene before deployment. */
export const fit = Effect.fnUntraced(function* (
  named: Named,
  folders: ReadonlyArray<string>,
  first: string,
  onProgress?: (done: number) => void
) {
  const hash = createHash("sha256")
  const recordings: Array<Recording.Recording> = []
  let header: Tape.Header | undefined
  for (const run of folders) {
    const tape = yield* Tape.read(run)
    if (JSON.stringify(tape.header.experiment) !== JSON.stringify(named.experiment)) {
      return yield* new CliError({
        message: `The run in ${run} is of another experiment than ${named.name}; name another folder with --records.`
      })
    }
    header ??= tape.header
    hash.update(Tape.hash(tape.entries))
    recordings.push(Replay.recording(tape, named.experiment, Everywhere.read(join(run, "everywhere.ndjson"))))
  }
  if (header === undefined) return yield* new CliError({ message: "There is no recorded run to fit." })
  return Fit.fit(recordings, about(named, header, first, hash.digest("hex")), onProgress)
})

const about = ({ name, experiment }: Named, header: Tape.Header, first: string, tapes: string): Fit.About => ({
  stream: name,
  experiment: JSON.parse(JSON.stringify(experiment)),
  units: header.units,
  scenes: [first, ...header.scenarios],
  batchSize: experiment.training.batchSize,
  epochs: experiment.training.epochs,
  provenance: {
    tapes,
    versions: Object.fromEntries(Object.entries(header.versions).filter(([key]) => key !== "machine")),
    note: "recorded by edgeol atlas: decisions drawn by lot, modelled clock"
  }
})

/** The twin of a seed, from folders of its runs. With `start`, only from its model as deployed. */
export const twin = Effect.fnUntraced(function* (
  surrogate: Surrogate.Surrogate,
  folders: ReadonlyArray<string>,
  start = false
) {
  const recordings = yield* Effect.forEach(folders, Replay.read)
  return Fit.twinOf(surrogate, start ? recordings.map(Recording.start) : recordings)
})
