/** A named, versioned experiment is one small file: what arrives, when, what learns from it, and how. */
import { readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { SamplesError } from "@edgeol/core/Samples"
import * as Process from "@edgeol/sim/scenario/Process"
import { Count, NotNegative, Positive, Share } from "@edgeol/sim/scenario/Quantity"
import * as Yaml from "@edgeol/sim/scenario/Yaml"
import { Effect, Result, Schema } from "effect"
import { Difficulty } from "./Difficulty.ts"
import * as Files from "./internal/Files.ts"

/**
 * `resnet8` and `mobilenet`: pre-trained, `weights` names the Keras file under the data folder. `convnet`: blocks of these
 * widths. `mlp`: hidden layers of these widths, for features. `vit`: a vision transformer of square patches, pixels.
 * `layers`: a tfjs LayersModel by the path of its model.json, absolute or under the data folder; bytes are multiplied by
 * `scale`, 1/255 unless told.
 */
const Model = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("resnet8"), weights: Schema.NonEmptyString }),
  Schema.Struct({ kind: Schema.Literal("mobilenet"), weights: Schema.NonEmptyString }),
  Schema.Struct({ kind: Schema.Literal("mlp"), widths: Schema.Array(Count) }),
  Schema.Struct({ kind: Schema.Literal("convnet"), widths: Schema.Array(Count).check(Schema.isMinLength(1)) }),
  Schema.Struct({ kind: Schema.Literal("vit"), patch: Count, width: Count, depth: Count, heads: Count }),
  Schema.Struct({ kind: Schema.Literal("layers"), path: Schema.NonEmptyString, scale: Schema.optionalKey(Positive) })
]).check(
  Schema.makeFilter((model) =>
    model.kind !== "vit" || model.width % model.heads === 0
      ? undefined
      : { path: ["heads"], issue: `expected a divisor of width, which is ${model.width}` }
  )
)
export type Model = typeof Model.Type

/** Stochastic gradient descent; `epochs` over a round's samples, in minibatches of `batchSize`. */
const Training = Schema.Struct({
  optimiser: Schema.Literal("sgd"),
  learningRate: Positive,
  momentum: Share,
  weightDecay: NotNegative,
  batchSize: Count,
  epochs: Count
})

export const Experiment = Schema.Struct({
  /** Name and version of the stream: `gtsrb32/ni@1`. */
  stream: Schema.NonEmptyString,
  model: Model,
  /** Before deployment: this many samples of the first scenario, learnt for so many epochs at this rate. */
  initial: Schema.Struct({ samples: Count, epochs: Count, learningRate: Positive }),
  batches: Schema.Struct({
    perScenario: Count,
    samples: Count,
    /** Validation samples that come with each batch, besides its samples. */
    validation: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
    /** Mean time between batches, s. */
    secondsBetween: Positive,
    process: Process.Counted
  }),
  requests: Schema.Struct({ perScenario: Count, process: Process.Counted }),
  /** Share of the samples met on line, those to validate on included, whose label is known; all, where it is absent. */
  labelled: Schema.optionalKey(Share),
  /** Wrong, late and few labels, slow drift and scenarios that come back. */
  difficulty: Schema.optionalKey(Difficulty),
  /** Samples per scenario on which the serving model is scored. None of them is requested. */
  heldOut: Count,
  training: Training
})
export type Experiment = typeof Experiment.Type

/** An experiment with the name under which it was found. */
export interface Named {
  readonly name: string
  readonly experiment: Experiment
}

const folder = resolve(import.meta.dirname, "../experiments")

/** The experiments that come with this package, `stream/kind@version`, in order. */
export const names = (): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path) => path.slice(0, -".yaml".length).replaceAll("\\", "/"))
    .toSorted(byNameAndVersion)

const byNameAndVersion = (a: string, b: string): number => {
  const [nameA = "", versionA = ""] = a.split("@")
  const [nameB = "", versionB = ""] = b.split("@")
  return nameA === nameB ? Number(versionA) - Number(versionB) : nameA < nameB ? -1 : 1
}

/** Full name of an experiment: `gtsrb32/ni` is its newest version. Undefined when there is none. */
export const newest = (name: string, among: ReadonlyArray<string>): string | undefined =>
  among
    .filter((known) => known === name || known.startsWith(`${name}@`))
    .toSorted(byNameAndVersion)
    .at(-1)

/** Those of the same stream as a name that does not exist; of a stream that does not exist either, all. */
export const alike = (name: string, known: ReadonlyArray<string>): ReadonlyArray<string> => {
  const stream = name.split("/")[0]
  const own = known.filter((other) => other.split("/")[0] === stream)
  return own.length === 0 ? known : own
}

/** Loads by name, or from a path that ends in .yaml or .yml. */
export const load = (nameOrPath: string): Effect.Effect<Named, SamplesError> =>
  Effect.suspend(() => {
    if (/\.ya?ml$/.test(nameOrPath)) return loadFile(nameOrPath, nameOrPath)
    const known = names()
    const name = newest(nameOrPath, known)
    if (name !== undefined) return loadFile(name, join(folder, `${name}.yaml`))
    return Effect.fail(new SamplesError({ message: unknown(nameOrPath, known) }))
  })

const unknown = (name: string, known: ReadonlyArray<string>) =>
  `There is no experiment called "${name}"; name one of ${alike(name, known).join(", ")}, or the path of a .yaml file.`

const loadFile = (name: string, path: string): Effect.Effect<Named, SamplesError> =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) =>
      new SamplesError({ message: `The experiment ${path} cannot be read (${Files.reason(error)}); check the path.` })
  }).pipe(
    Effect.flatMap((text) => Effect.fromResult(parse(text, path))),
    Effect.map((experiment) => ({ name, experiment }))
  )

/** Reads the text of an experiment file. `file` is for messages. */
export const parse = (text: string, file: string): Result.Result<Experiment, SamplesError> =>
  Result.mapError(Yaml.read(Experiment, text, file), (message) => new SamplesError({ message }))
