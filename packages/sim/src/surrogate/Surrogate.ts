/**
 * What stands in for real training, as versioned JSON: fitted on recorded runs of one stream with one model, with where
 * they come from, the range they cover and how well it foretold runs that it was not fitted on.
 */
import { Schema } from "effect"
import { canonical, checksum } from "../Canonical.ts"

/** A surrogate that cannot be used: what is wrong with which file, and what to do. */
export class SurrogateError extends Schema.TaggedError<SurrogateError>()("SurrogateError", {
  message: Schema.String
}) {}

export const version = 1

const Numbers = Schema.Array(Schema.Finite)
const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThan(0)))

/** As in `AccuracyFit`. */
export const Accuracy = Schema.Struct({
  learn: Schema.Finite,
  square: Schema.Finite,
  forget: Schema.Finite,
  drift: Schema.Finite,
  few: Schema.Finite,
  lack: Numbers,
  speed: Numbers,
  reach: Numbers,
  narrow: Numbers,
  start: Numbers,
  ceiling: Numbers,
  cross: Numbers
})

/** As in `FeelingFit`. */
const Energies = Schema.Struct({
  approach: Schema.Finite,
  leave: Schema.Finite,
  within: Numbers,
  without: Numbers,
  deviation: Numbers,
  confidence: Numbers,
  noise: Schema.Finite
})

/** As in `JudgementFit`. */
const Judgement = Schema.Struct({
  step: Numbers,
  stepNoise: Schema.Finite,
  validation: Numbers,
  validationLoss: Numbers,
  pretest: Numbers,
  pretestLoss: Numbers,
  energy: Numbers,
  right: Numbers,
  wrong: Numbers
})

/** As in `NoiseFit`. */
export const Noise = Schema.Struct({ scale: Schema.Finite, passing: Schema.Finite, steps: Schema.Finite })

/** A recorded seed: what is its own, and the lower factor of the covariance with which that is known. */
export const Twin = Schema.Struct({
  seed: Schema.Int,
  accuracy: Numbers,
  factor: Numbers,
  energy: Numbers,
  similarity: Schema.Finite
})
export type Twin = typeof Twin.Type

/** Errors of a run's mean accuracy, in shares of 1. */
export const Errors = Schema.Struct({
  runs: Schema.Int,
  median: Schema.Finite,
  p90: Schema.Finite,
  bias: Schema.Finite
})

export const Body = Schema.Struct({
  version: Schema.Literal(version),
  /** `patterns/nic@1`. */
  stream: Schema.NonEmptyString,
  /** The experiment file, whole. */
  experiment: Schema.Record(Schema.String, Schema.Json),
  provenance: Schema.Struct({
    /** SHA-256 over the recorded tapes' hashes, in order, and how many they are. */
    tapes: Schema.String,
    runs: Schema.Int,
    seeds: Schema.Array(Schema.Int),
    versions: Schema.Record(Schema.String, Schema.String),
    note: Schema.String
  }),
  /** Names of the units, and of the scenes, the one before deployment first. */
  units: Schema.Array(Schema.String),
  scenes: Schema.Array(Schema.String),
  batchSize: Count,
  epochs: Count,
  /** What the recorded runs went up to. */
  range: Schema.Struct({ steps: Schema.Int, batches: Schema.Int, depth: Schema.Int }),
  accuracy: Accuracy,
  spread: Schema.Struct({ common: Numbers, scene: Numbers }),
  noise: Noise,
  energies: Energies,
  similarity: Schema.Struct({ rate: Numbers, limit: Numbers, between: Numbers, within: Numbers }),
  judgement: Judgement,
  twins: Schema.Array(Twin).pipe(Schema.check(Schema.isMinLength(1))),
  /** Cross-validated: of a seed whose other runs were fitted on, and of a seed of which only the start was known. */
  heldOut: Schema.Struct({ runs: Errors, seeds: Errors })
})
export type Body = typeof Body.Type

const File = Schema.Struct({ ...Body.fields, hash: Schema.String })

export interface Surrogate {
  readonly body: Body
  /** Of the body. */
  readonly hash: string
}

export const make = (body: Body): Surrogate => ({ body, hash: checksum(canonical(body)) })

/** The text of a surrogate's file. */
export const print = ({ body, hash }: Surrogate): string => `${JSON.stringify({ ...body, hash })}\n`

/** Reads a surrogate. Throws `SurrogateError`. `file` is for messages. */
export const parse = (file: string, text: string): Surrogate => {
  const fail = (what: string) => new SurrogateError({ message: `${file}: ${what}` })
  const value = json(text, fail)
  const known = typeof value === "object" && value !== null && "version" in value ? value.version : undefined
  if (known !== version) {
    throw fail(
      `it is of version ${JSON.stringify(known) ?? "none"}, and this edgeol reads version ${version}; make it again with edgeol atlas.`
    )
  }
  const { hash, ...body } = decode(value, fail)
  const surrogate = make(body)
  if (surrogate.hash !== hash) {
    throw fail("its content does not match its hash, so it was damaged or edited; make it again with edgeol atlas.")
  }
  const wrong = misfit(body)
  if (wrong !== undefined) throw fail(`${wrong}; make it again with edgeol atlas.`)
  return surrogate
}

type Fail = (what: string) => SurrogateError

const json = (text: string, fail: Fail): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw fail("it is not JSON, or ends too early; restore it, or make it again with edgeol atlas.")
  }
}

const decode = (value: unknown, fail: Fail) => {
  try {
    return Schema.decodeUnknownSync(File)(value)
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").slice(0, 160)
    throw fail(`it has not the fields of a surrogate (${reason}); make it again with edgeol atlas.`)
  }
}

/** Lists whose lengths do not go with the numbers of scenes and units. */
const misfit = ({ scenes, units, accuracy, energies, similarity, twins }: Body): string | undefined => {
  const own = 2 + 3 * scenes.length
  const lists: ReadonlyArray<readonly [string, ReadonlyArray<unknown>, number]> = [
    ["accuracy.start", accuracy.start, scenes.length],
    ["accuracy.ceiling", accuracy.ceiling, scenes.length],
    ["accuracy.cross", accuracy.cross, scenes.length ** 2],
    ["accuracy.lack", accuracy.lack, 3],
    ["accuracy.speed", accuracy.speed, units.length],
    ["accuracy.reach", accuracy.reach, units.length],
    ["accuracy.narrow", accuracy.narrow, units.length],
    ["energies.within", energies.within, scenes.length],
    ["energies.without", energies.without, scenes.length],
    ["similarity.rate", similarity.rate, units.length],
    ["similarity.limit", similarity.limit, units.length],
    ...twins.flatMap((twin) => [
      [`the accuracy of seed ${twin.seed}`, twin.accuracy, own] as const,
      [`the factor of seed ${twin.seed}`, twin.factor, (own * (own + 1)) / 2] as const,
      [`the energy of seed ${twin.seed}`, twin.energy, 1 + scenes.length] as const
    ])
  ]
  const wrong = lists.find(([, list, length]) => list.length !== length)
  return wrong && `${wrong[0]} has ${wrong[1].length} numbers, not ${wrong[2]}`
}
