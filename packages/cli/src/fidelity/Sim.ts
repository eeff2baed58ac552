/** `edgeol fidelity sim`: from recorded runs to the card. */
import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Surrogate } from "@edgeol/sim/surrogate/Surrogate"
import { Console, Effect, Option, Schema } from "effect"
import * as Atlas from "../atlas/Atlas.ts"
import { CliError } from "../CliError.ts"
import * as Results from "../evaluate/Results.ts"
import * as Files from "../Files.ts"
import * as Progress from "../Progress.ts"
import * as Card from "./Card.ts"
import * as Page from "./Page.ts"
import * as Real from "./Real.ts"
import * as Speed from "./Speed.ts"
import * as Start from "./Start.ts"
import * as Table from "./Table.ts"

export interface Input {
  readonly results: string
  readonly real: Option.Option<string>
  readonly draws: number
  readonly starts: boolean
  readonly speed: boolean
  readonly data: string
  readonly out: string
  readonly record: boolean
  readonly json: boolean
}

/** Figures that the tests hold later ones to. */
export const recorded = fileURLToPath(new URL("../../../sim/fidelity/sim.json", import.meta.url))

export const run = Effect.fn(function* (input: Input) {
  const { results, draws, out } = input
  if (draws < 19) return yield* new CliError({ message: `--draws must be at least 19, not ${draws}.` })
  const runs = yield* evaluated(results)
  const real = yield* Option.match(input.real, { onNone: () => Effect.succeed([]), onSome: Real.read })
  const { subjects, without } = yield* surrogates(runs)
  const known = yield* kept
  const progress = yield* Progress.bar(Math.max(1, subjects.length))
  const entries: Array<readonly [string, Card.Entry]> = []
  for (const [i, { stream, surrogate, own }] of subjects.entries()) {
    progress.to(i, stream)
    const { starts, speed } = yield* learnt({ stream, surrogate, own, before: known[stream], input })
    const total = own.length
    let done = 0
    const onRun = () => progress.to(i + (done += 1) / total, stream)
    const there = real.filter((one) => one.stream === stream)
    const entry = Card.entry(surrogate, own, { draws, starts, real: there, speed, onRun })
    if (entry !== undefined) entries.push([stream, entry])
    yield* Effect.yieldNow
  }
  if (entries.length === 0) {
    return yield* new CliError({
      message: `No run in ${results} is of a stream with a surrogate and of a seed that it was not fitted on; evaluate others, or make a surrogate with edgeol atlas.`
    })
  }
  const card: Card.Card = Object.fromEntries(entries)
  const text = `${JSON.stringify(card, null, 2)}\n`
  yield* write(join(out, "sim.json"), text)
  yield* write(join(out, "sim.html"), Page.page(card, without))
  if (input.record) yield* write(recorded, `${JSON.stringify(card)}\n`)
  yield* Console.log(input.json ? text.trimEnd() : `${Table.table(card, without)}\n\nPage: ${join(out, "sim.html")}`)
}, Effect.scoped)

const write = (path: string, text: string) => Files.change(resolve(path, ".."), () => Files.replace(path, text))

/** Where warm and cold runs are recorded, the cold ones. */
const evaluated = Effect.fnUntraced(function* (file: string) {
  const runs = yield* Results.read(file)
  if (runs.length === 0) {
    return yield* new CliError({
      message: `No run is recorded in ${file}; run edgeol evaluate, or name its --results.`
    })
  }
  const rounds = runs.some((run) => run.rounds === "cold") ? "cold" : "warm"
  return runs.filter((run) => run.rounds === rounds)
})

interface Subject {
  readonly stream: string
  readonly surrogate: Surrogate
  readonly own: ReadonlyArray<Card.Emulated>
}

/** Streams with their surrogates; and those that have none. */
const surrogates = Effect.fnUntraced(function* (runs: ReadonlyArray<Results.Run>) {
  const streams = [...Map.groupBy(runs, ({ stream }) => stream)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const there = streams.filter(([stream]) => existsSync(Atlas.fileOf(stream)))
  const subjects = yield* Effect.forEach(there, ([stream, own]) =>
    Effect.map(Atlas.of(stream), (surrogate): Subject => ({ stream, surrogate, own: own.map(Card.emulated) }))
  )
  const without = streams.map(([stream]) => stream).filter((stream) => !existsSync(Atlas.fileOf(stream)))
  return { subjects, without }
})

const Kept = Schema.Record(
  Schema.String,
  Schema.Struct({ starts: Schema.Array(Start.Start), speed: Schema.NullOr(Speed.Speed) })
)
type Kept = (typeof Kept.Type)[string]

/** Starts and speeds that are recorded: they take real training, so they are not made again each time. */
const kept = Effect.try({
  try: () => (existsSync(recorded) ? decodeKept(readFileSync(recorded, "utf8")) : {}),
  catch: () => new CliError({ message: `${recorded} is damaged; restore or remove it.` })
})

const decodeKept = Schema.decodeUnknownSync(Schema.fromJsonString(Kept))

/** What takes real training, made now if it was asked for. */
const learnt = Effect.fnUntraced(function* ({
  stream,
  surrogate,
  own,
  before,
  input
}: Subject & { readonly before: Kept | undefined; readonly input: Input }) {
  const folder = join("runs", "fidelity", stream.replace(/[^\w.=-]+/g, "-"))
  const place = (seed: number) => ({ stream, seed, data: input.data, folder })
  const seeds = [...new Set(own.map(({ seed }) => seed))].toSorted((a, b) => a - b)
  const starts: ReadonlyArray<Start.Start> = input.starts
    ? yield* Effect.forEach(seeds, (seed) => {
        const known = before?.starts.find((start) => start.seed === seed)
        return known === undefined ? Start.judge(place(seed)) : Effect.succeed(known)
      })
    : (before?.starts ?? [])
  const speed: Speed.Speed | null = input.speed
    ? yield* Speed.measure(surrogate, place(seeds[0]!))
    : (before?.speed ?? null)
  return { starts, speed }
})
