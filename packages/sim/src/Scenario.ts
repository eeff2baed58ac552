/**
 * What happens to a device, as data: which scenes it meets, what arrives when, and what it has to spend. A scenario and
 * a seed give a timeline, whatever a policy does.
 */
import { Result, Schema } from "effect"
import * as Contradiction from "./scenario/Contradiction.ts"
import * as Course from "./scenario/Course.ts"
import * as Document from "./scenario/Document.ts"
import type * as Process from "./scenario/Process.ts"
import type { Traces } from "./scenario/Sources.ts"
import * as Unrolled from "./scenario/Unrolled.ts"
import * as Yaml from "./scenario/Yaml.ts"
import type { Timeline } from "./Timeline.ts"

export type Scenario = Document.Scenario
export type Device = Document.Device
export type { Traces } from "./scenario/Sources.ts"

/** A scenario that cannot be. */
export class ScenarioError extends Schema.TaggedError<ScenarioError>()("ScenarioError", { message: Schema.String }) {}

/** Reads the text of a scenario file. `file` is for messages. */
export const parse = (text: string, file: string): Result.Result<Scenario, ScenarioError> =>
  Result.mapError(
    Yaml.read(Document.Scenario, text, file, Contradiction.first),
    (message) => new ScenarioError({ message })
  )

/** The stream's scenarios that it draws from, in order. */
export const scenes = (scenario: Scenario): ReadonlyArray<number> => {
  const mixes = Course.of(scenario).legs.flatMap(({ mix, through }) => [mix, ...through])
  return [...new Set(mixes.flatMap(({ scenes }) => scenes))].toSorted((a, b) => a - b)
}

/** The devices that it runs on, each kind with how many there are and how much faster than its cost model. */
export const devices = ({
  device,
  devices = []
}: Pick<Scenario, "device" | "devices">): ReadonlyArray<Device & { readonly count: number; readonly speed: number }> =>
  (device === undefined ? devices : [device]).map((one) => ({ count: 1, speed: 1, ...one }))

/** The trace files that it names, as it names them. */
export const traceFiles = (scenario: Scenario): ReadonlyArray<string> => {
  const placings = Course.of(scenario).legs.flatMap(({ batches, requests }) => [batches, requests])
  const files = placings.flatMap((placing) => (placing?.process?.kind === "trace" ? [placing.process.file] : []))
  return [...new Set(files)]
}

/** Length of a run, s. */
export const seconds = (scenario: Scenario): number => Course.seconds(Course.of(scenario))

/** All that arrives, drawn as it is asked for. */
export const timeline = (scenario: Scenario, seed: number, traces: Traces = new Map()): Timeline =>
  Unrolled.make(Course.of(scenario), { seed, seeds: scenario.seeds ?? {}, traces })

/** What an experiment says of arrivals. */
export interface Experiment {
  /** `gtsrb32/ni@1`. */
  readonly stream: string
  readonly batches: {
    readonly perScenario: number
    readonly samples: number
    readonly validation: number
    readonly secondsBetween: number
    readonly process: Process.Counted
  }
  readonly requests: { readonly perScenario: number; readonly process: Process.Counted }
}

/** The simplest scenario: the stream's scenarios that are met on line, by name, one after another and as long each. */
export const ofExperiment = ({ stream, batches, requests }: Experiment, scenes: ReadonlyArray<string>): Scenario => {
  const [name, version] = stream.split("@")
  return {
    name: name!,
    version: Number(version ?? 1),
    stream,
    schedule: scenes.map((name, i) => ({
      name,
      scene: i + 1,
      duration: batches.perScenario * batches.secondsBetween
    })),
    batches: {
      count: batches.perScenario,
      samples: batches.samples,
      validation: batches.validation,
      process: batches.process
    },
    requests: { count: requests.perScenario, process: requests.process }
  }
}

/** For editors that complete and check YAML; `scenario.schema.json` is this. */
export const jsonSchema = (): object => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...Schema.toJsonSchemaDocument(Document.Scenario, { onExcessProperty: "error" }).schema
})
