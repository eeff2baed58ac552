/** What is foretold from a tape, held against the tape of a run that was really made: its error, and whether its interval holds. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import * as Measure from "../fidelity/Measure.ts"
import * as Fidelity from "../fidelity/Card.ts"
import * as Score from "../fidelity/Score.ts"
import * as Sim from "../fidelity/Sim.ts"
import * as Widening from "./Widening.ts"

const Foretold = Schema.Struct({ value: Schema.Finite, low: Schema.Finite, high: Schema.Finite })
const each = <S extends Schema.Top>(schema: S) =>
  Schema.Struct({ seconds: schema, joules: schema, rounds: schema, accuracy: schema })

/** One policy foretold from another's tape. */
export const Pair = Schema.Struct({
  stream: Schema.String,
  clock: Schema.Literals(["modelled", "measured"]),
  kind: Schema.Literals(Widening.kinds),
  seed: Schema.Int,
  own: Schema.String,
  other: Schema.String,
  /** Before intervals are widened. */
  foretold: each(Foretold),
  was: each(Schema.Finite)
})
export type Pair = typeof Pair.Type

export const Card = Schema.Struct({
  /** Of the drawn runs behind an interval. */
  draws: Schema.Int,
  /** Of all that decided the numbers. */
  versions: Schema.Record(Schema.String, Schema.String),
  pairs: Schema.Array(Pair)
})
export type Card = typeof Card.Type

/** Pairs that the intervals of `edgeol replay` are widened by. */
export const recorded = fileURLToPath(new URL("../../../sim/fidelity/replay.json", import.meta.url))

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Card))

/** The recorded card; one of no pairs where there is none. */
export const read = (file = recorded): Card =>
  existsSync(file) ? decode(readFileSync(file, "utf8")) : { draws: 0, versions: {}, pairs: [] }

const Simulated = Schema.Record(
  Schema.String,
  Schema.Struct({
    runs: Schema.Array(
      Schema.Struct({
        policy: Schema.String,
        seed: Schema.Int,
        emulated: each(Schema.Finite),
        simulated: each(Foretold)
      })
    )
  })
)

/** Runs of the card of simulated ones, foretold from the start of their seed, as pairs: on streams that have no others. */
export const simulated = (pairs: ReadonlyArray<Pair>, file = Sim.recorded): ReadonlyArray<Pair> => {
  if (!existsSync(file)) return []
  const card = Object.entries(Schema.decodeUnknownSync(Schema.fromJsonString(Simulated))(readFileSync(file, "utf8")))
  const known = new Set(pairs.map(({ stream }) => stream))
  return card
    .filter(([stream]) => !known.has(stream))
    .flatMap(([stream, { runs }]) =>
      runs.map((run): Pair => {
        const { policy, seed, emulated: was, simulated: foretold } = run
        const kind = Fidelity.isAdaptive(run) ? "foretold" : "blind"
        return { stream, clock: "modelled", kind, seed, own: "never", other: policy, foretold, was }
      })
    )
}

/** All that intervals are widened by. */
export const known = (): ReadonlyArray<Pair> => {
  const { pairs } = read()
  return [...pairs, ...simulated(pairs)]
}

export interface Figures {
  readonly clock: Pair["clock"]
  readonly kind: Pair["kind"]
  readonly stream: string
  readonly seeds: number
  /** As drawn, and widened by the other seeds. */
  readonly measures: Readonly<
    Record<Measure.Measure, { readonly drawn: Score.Figures; readonly widened: Score.Figures }>
  >
}

/** By stream, clock and kind of policy: what an interval is widened by, no pair of its seed has told. */
export const figures = (pairs: ReadonlyArray<Pair>): ReadonlyArray<Figures> =>
  [...Map.groupBy(pairs, ({ stream, clock, kind }) => `${stream}/${clock}/${kind}`).values()].map((own) => {
    const { stream, clock, kind } = own[0]!
    const seeds = [...new Set(own.map(({ seed }) => seed))]
    const widened = seeds.flatMap((left) => {
      const { by } = Widening.of(
        pairs.filter(({ seed }) => seed !== left),
        { clock, stream }
      )
      return own
        .filter(({ seed }) => seed === left)
        .map(({ foretold, was }) => ({
          foretold: Measure.each((measure) => Widening.widened(foretold[measure], measure, by[kind][measure])),
          was
        }))
    })
    const of = (all: ReadonlyArray<Pick<Pair, "foretold" | "was">>, measure: Measure.Measure) =>
      Score.figures(
        measure,
        all.map(({ foretold, was }) => ({ foretold: foretold[measure], was: was[measure] }))
      )!
    return {
      clock,
      kind,
      stream,
      seeds: seeds.length,
      measures: Measure.each((measure) => ({ drawn: of(own, measure), widened: of(widened, measure) }))
    }
  })
