/** What a fast head has learnt, as tensors in a safetensors file or among those of a checkpoint. Whole or refused. */
import { readFileSync } from "node:fs"
import * as Schema from "effect/Schema"
import * as DurableFile from "../tfjs/DurableFile.ts"
import * as Safetensors from "../tfjs/Safetensors.ts"
import type * as Weights from "../tfjs/Weights.ts"
import * as Committee from "./Committee.ts"
import type { FastHead } from "./FastHead.ts"
import type { State } from "./Head.ts"
import { failure, reason } from "../tfjs/CheckpointFailure.ts"

/** Beside the tensors: what the head is for. */
const Facts = Schema.Struct({
  format: Schema.Literal("edgeol-head-1"),
  model: Schema.String,
  width: Schema.Number,
  heads: Schema.Array(Schema.String)
})
export type Facts = typeof Facts.Type

export const facts = (model: string, { committee }: FastHead): Facts => ({
  format: "edgeol-head-1",
  model,
  width: committee.width,
  heads: committee.names
})

/**
 * All numbers, bit by bit: the format's readers here know 32-bit floats only, so a double is a pair of them, low word first
 * (`array.view("float64")` in numpy).
 */
export const arrays = ({ standard, committee }: FastHead): Weights.Arrays =>
  new Map(
    Object.entries({ ...standard, ...committee.state() }).map(([name, values]) => {
      const pairs = new Float32Array(values.slice().buffer)
      return [name, { shape: [values.length, 2], values: pairs }] as const
    })
  )

/** What the head takes in a file or in memory. */
export const bytes = (head: FastHead): number =>
  [...arrays(head).values()].reduce((sum, { values }) => sum + values.byteLength, 0)

/** Throws an `Error` that says what does not fit. */
export const fromArrays = (
  from: Weights.Arrays,
  width: number,
  config: Committee.Config = Committee.defaults
): FastHead => {
  const { mean, factor, ...state } = Object.fromEntries(
    [...from].map(([name, { values }]) => [name, new Float64Array(values.slice().buffer)] as const)
  ) as State
  if (mean === undefined || factor === undefined) throw new Error("it holds no head")
  return { standard: { mean, factor }, committee: Committee.make(width, config, state) }
}

/** Saves durably; gives the file's size in bytes. Throws a `LearnerError`. */
export const write = (path: string, model: string, head: FastHead): number => {
  const content = Safetensors.encode({
    arrays: arrays(head),
    metadata: { edgeol: JSON.stringify(facts(model, head)) }
  })
  try {
    DurableFile.write(path, content)
  } catch (error) {
    throw failure(`cannot save the head ${path} (${reason(error)}): free space or choose another folder`)
  }
  return content.length
}

/** What a head must be for. */
export interface Wanted {
  readonly model: string
  /** Of the model's features. */
  readonly width: number
  readonly config?: Committee.Config
}

/** Throws a `LearnerError` unless the file is whole and its head has this model's features and these heads. */
export const read = (path: string, { model, width, config = Committee.defaults }: Wanted): FastHead => {
  const { content, said } = decoded(path)
  const mismatch = unlike(said, { model, width, heads: Committee.make(width, config).names })
  if (mismatch !== undefined) throw failure(`the head ${path} ${mismatch}`)
  try {
    return fromArrays(content.arrays, width, config)
  } catch (error) {
    throw failure(`the head ${path} does not fit (${reason(error)}): start the head anew`)
  }
}

const decoded = (path: string) => {
  let file: Buffer
  try {
    file = readFileSync(path)
  } catch (error) {
    throw failure(`cannot read the head ${path} (${reason(error)}): name one that exists`)
  }
  try {
    const content = Safetensors.decode(file)
    return { content, said: Schema.decodeUnknownSync(Facts)(JSON.parse(content.metadata["edgeol"] ?? "null")) }
  } catch (error) {
    throw failure(`the head ${path} is damaged or not one of edgeol's (${reason(error)}): restore an older one`)
  }
}

/** In one sentence, what keeps a saved head from being the one that is wanted. */
const unlike = (said: Facts, { model, width, heads }: Omit<Facts, "format">): string | undefined => {
  if (said.width !== width)
    return `has learnt ${said.width} features and the model gives ${width}: restore it with the model it was saved with, ${said.model}`
  if (said.model !== model) return `is of another model, ${said.model}: restore it with that model`
  if (said.heads.join() !== heads.join())
    return `is of other heads (${said.heads.join("; ")}): restore it with those, or start the head anew`
  return undefined
}
