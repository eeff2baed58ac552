/**
 * What stands in for a fast head on a model, as versioned JSON: fitted on recorded runs of one stream. A head learns as a
 * model does (`Dynamics`), with two kinds of steps: a batch that it learns itself, and a step of a deep round, which moves
 * the features that it stands on.
 */
import { Schema } from "effect"
import { canonical, checksum } from "../Canonical.ts"
import * as Accuracy from "./Accuracy.ts"
import * as Surrogate from "./Surrogate.ts"

export const version = 1

/** Kinds of steps, by the place of their speed and reach. */
export const adapting = 0
export const deep = 1
export const kinds = 2

const Numbers = Schema.Array(Schema.Finite)

export const Body = Schema.Struct({
  version: Schema.Literal(version),
  stream: Schema.NonEmptyString,
  /** The experiment file, whole. */
  experiment: Schema.Record(Schema.String, Schema.Json),
  provenance: Schema.Struct({
    /** SHA-256 over the recorded tapes' hashes, in order. */
    tapes: Schema.String,
    runs: Schema.Int,
    policies: Schema.Array(Schema.String),
    seeds: Schema.Array(Schema.Int),
    versions: Schema.Record(Schema.String, Schema.String)
  }),
  scenes: Schema.Array(Schema.String),
  /** The most batches that a head learnt, and steps of deep rounds beside it, in a recorded run. */
  range: Schema.Struct({ batches: Schema.Int, steps: Schema.Int }),
  accuracy: Surrogate.Accuracy,
  noise: Surrogate.Noise,
  /** Accuracy on a batch before it is learnt: `a₀ + a₁ accuracy`, and its deviation in that of as many fair draws. */
  fresh: Schema.Struct({ line: Numbers, deviation: Schema.Finite }),
  twins: Schema.Array(Schema.Struct({ seed: Schema.Int, accuracy: Numbers, factor: Numbers })).pipe(
    Schema.check(Schema.isMinLength(1))
  ),
  spread: Schema.Struct({ common: Numbers, scene: Numbers }),
  /** Of mean accuracies of runs whose seeds were left out, of which nothing was told. */
  heldOut: Surrogate.Errors
})
export type Body = typeof Body.Type

export interface Head {
  readonly body: Body
  readonly hash: string
}

export type Twin = Body["twins"][number]

const File = Schema.Struct({ ...Body.fields, hash: Schema.String })
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(File))

export const make = (body: Body): Head => ({ body, hash: checksum(canonical(body)) })

export const print = ({ body, hash }: Head): string => `${JSON.stringify({ ...body, hash })}\n`

/** Throws `SurrogateError`. `file` is for the message. */
export const parse = (file: string, text: string): Head => {
  const wrong = (why: string) =>
    new Surrogate.SurrogateError({ message: `${file}: ${why}; make it again with edgeol atlas head.` })
  const { hash, ...body } = decoded(text, wrong)
  const head = make(body)
  if (head.hash !== hash) throw wrong("its content does not match its hash, so it was damaged or edited")
  const own = Accuracy.twinLength(body.scenes.length)
  const odd = body.twins.find(
    ({ accuracy, factor }) => accuracy.length !== own || factor.length !== (own * (own + 1)) / 2
  )
  if (odd !== undefined) throw wrong(`the numbers of seed ${odd.seed} are not as many as its scenes ask for`)
  return head
}

const decoded = (text: string, wrong: (why: string) => Surrogate.SurrogateError) => {
  try {
    return decode(text)
  } catch (error) {
    throw wrong(`it is no surrogate of a fast head (${(error as Error).message.replace(/\s+/g, " ").slice(0, 160)})`)
  }
}
