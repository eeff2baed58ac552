/** What was learnt, in a safetensors file: weights, momentum, classes seen, generator, counts. Whole or refused. */
import { readFileSync } from "node:fs"
import * as Schema from "effect/Schema"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import * as DurableFile from "./DurableFile.ts"
import type { Learned } from "./Learned.ts"
import type * as Model from "./Model.ts"
import * as Safetensors from "./Safetensors.ts"
import * as Weights from "./Weights.ts"
import { failure, reason } from "./CheckpointFailure.ts"

/** Beside the tensors. */
const Facts = Schema.Struct({
  format: Schema.Literal("edgeol-checkpoint-1"),
  model: Schema.String,
  seen: Schema.Array(Schema.Boolean),
  frozen: Schema.Array(Schema.Boolean),
  iteration: Schema.Number,
  rng: Schema.Struct({ c: Schema.Number, s0: Schema.Number, s1: Schema.Number, s2: Schema.Number }),
  /** Checkpoints saved before, which names the next one. */
  saves: Schema.Number,
  /** SHA-256 in the reference model's file. */
  reference: Schema.String
})
type Facts = typeof Facts.Type

export interface Checkpoint {
  readonly learned: Learned
  readonly saves: number
  readonly reference: string
}

export const name = (saves: number): string => `checkpoint-${String(saves).padStart(6, "0")}.safetensors`

/** Saves durably; gives the SHA-256 in the file. Throws a `LearnerError`. */
export const write = (path: string, model: Model.Model, { learned, saves, reference }: Checkpoint): string => {
  const { weights, slots, seen, frozen, iteration, rng } = learned
  const facts: Facts = {
    format: "edgeol-checkpoint-1",
    model: model.name,
    seen,
    frozen,
    iteration,
    rng,
    saves,
    reference
  }
  const bytes = Safetensors.encode({
    arrays: new Map([...prefixed("weights/", weights), ...prefixed("momentum/", slots)]),
    metadata: { edgeol: JSON.stringify(facts) }
  })
  try {
    DurableFile.write(path, bytes)
  } catch (error) {
    throw failure(`cannot save the checkpoint ${path} (${reason(error)}): free space or choose another folder`)
  }
  return Safetensors.digest(bytes)
}

/** Throws a `LearnerError` unless the file is whole and of this model. */
export const read = (path: string, tf: Tf, model: Model.Model): Checkpoint & { readonly digest: string } => {
  const bytes = bytesOf(path)
  const { facts, arrays } = decoded(path, bytes)
  if (facts.model !== model.name)
    throw failure(`the checkpoint ${path} is of another model, ${facts.model}: restore it with that model`)
  const wrong = mismatch(model, arrays)
  if (wrong !== undefined) throw failure(`the checkpoint ${path} does not fit the model: ${wrong}; use an older one`)
  const { seen, frozen, iteration, rng, saves, reference } = facts
  const weights = Weights.fromArrays(tf, unprefixed("weights/", arrays))
  const slots = Weights.fromArrays(tf, unprefixed("momentum/", arrays))
  const learned = { weights, slots, seen, frozen, iteration, rng }
  return { learned, saves, reference, digest: Safetensors.digest(bytes) }
}

const bytesOf = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (error) {
    throw failure(`cannot read the checkpoint ${path} (${reason(error)}): name one that exists`)
  }
}

const decoded = (path: string, bytes: Buffer): { readonly facts: Facts; readonly arrays: Weights.Arrays } => {
  try {
    const { arrays, metadata } = Safetensors.decode(bytes)
    return { arrays, facts: Schema.decodeUnknownSync(Facts)(JSON.parse(metadata.edgeol ?? "null")) }
  } catch (error) {
    throw failure(`the checkpoint ${path} is damaged or not one of edgeol's (${reason(error)}): restore an older one`)
  }
}

/** What keeps these arrays from being this model's, if anything does. */
const mismatch = (model: Model.Model, arrays: Weights.Arrays): string | undefined => {
  for (const { name: weight, shape } of model.units.flatMap(({ layer }) => layer.weights)) {
    const found = arrays.get(`weights/${weight}`)
    if (found === undefined) return `it lacks ${weight}`
    if (found.shape.join() !== shape.join()) return `${weight} is ${found.shape.join("x")}, not ${shape.join("x")}`
  }
  return undefined
}

const prefixed = (prefix: string, weights: Weights.Weights) =>
  [...Weights.toArrays(weights)].map(([weight, values]) => [prefix + weight, values] as const)

const unprefixed = (prefix: string, arrays: Weights.Arrays): Weights.Arrays =>
  new Map([...arrays].flatMap(([key, values]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), values]] : [])))
