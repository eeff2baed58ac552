/** `edgeol fidelity replay`: of recorded runs of several policies on the same streams, each foretold from the others' tapes. */
import { resolve } from "node:path"
import { Console, Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Measure from "../fidelity/Measure.ts"
import * as Real from "../fidelity/Real.ts"
import * as Fidelity from "../fidelity/Table.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Progress from "../Progress.ts"
import * as Text from "../report/Text.ts"
import * as Counterfactual from "./Counterfactual.ts"
import * as Judged from "./Judged.ts"
import * as Model from "./Model.ts"
import * as Relearn from "./Relearn.ts"
import * as Reproduce from "./Reproduce.ts"
import * as Source from "./Source.ts"
import * as Widening from "./Widening.ts"

export const flags = {
  runs: Flag.String("runs").pipe(
    Flag.withDescription("Folder of runs that ended, as edgeol compare leaves them; without it, the recorded ones"),
    Flag.optional
  ),
  from: Flag.String("from").pipe(Flag.withDescription("Only from tapes of this policy"), Flag.optional),
  learning: Flag.Literals("learning", ["modelled", "real"]).pipe(
    Flag.withDescription("By surrogates, or by real training on the tapes' samples"),
    Flag.withDefault("modelled")
  ),
  draws: Flag.Int("draws").pipe(
    Flag.withDescription("Drawn runs for each interval; under real training 19 are half a minute on patterns/nic"),
    Flag.withDefault(39)
  ),
  record: Flag.Boolean("record").pipe(
    Flag.withDescription(
      "Keep these pairs for the intervals of edgeol replay, in place of earlier ones of the same runs"
    ),
    Flag.withDefault(false)
  ),
  data: Flags.data,
  json: Flags.json
}

interface Input {
  readonly runs: Option.Option<string>
  readonly from: Option.Option<string>
  readonly learning: "modelled" | "real"
  readonly draws: number
  readonly record: boolean
  readonly data: string
  readonly json: boolean
}

export const run = Effect.fn(function* (input: Input) {
  const { draws } = input
  if (draws < 19) return yield* new CliError({ message: `--draws must be at least 19, not ${draws}.` })
  const before = Judged.read()
  const card = Option.isNone(input.runs) ? before : yield* judge(input, input.runs.value)
  if (card.pairs.length === 0) {
    return yield* new CliError({
      message: `No two runs that ended in ${Option.getOrElse(input.runs, () => Judged.recorded)} are of one stream and seed and can be foretold; make some with edgeol compare.`
    })
  }
  const figures = Judged.figures(card.pairs)
  if (input.record) {
    const all = { ...card, pairs: joined(before.pairs, card.pairs) }
    yield* Files.change(resolve(Judged.recorded, ".."), () =>
      Files.replace(Judged.recorded, `${JSON.stringify(all)}\n`)
    )
  }
  yield* Console.log(input.json ? JSON.stringify({ ...card, figures }, null, 2) : figures.map(words).join("\n\n"))
}, Effect.scoped)

/** New pairs in place of the same. */
const joined = (before: ReadonlyArray<Judged.Pair>, now: ReadonlyArray<Judged.Pair>) => {
  const key = ({ stream, clock, kind, seed, own, other }: Judged.Pair) =>
    [stream, clock, kind === "real", seed, own, other].join(" ")
  const known = new Set(now.map(key))
  return [...before.filter((pair) => !known.has(key(pair))), ...now]
}

const judge = Effect.fnUntraced(function* (input: Input, folder: string) {
  if (!Files.isFolder(folder)) {
    return yield* new CliError({ message: `There is no folder ${folder}; name one of edgeol compare with --runs.` })
  }
  const sources = yield* Effect.forEach(Real.places(folder), Source.read)
  const progress = yield* Progress.bar(sources.length)
  const pairs: Array<Judged.Pair> = []
  for (const [i, source] of sources.entries()) {
    progress.to(i, source.file)
    if (Option.isSome(input.from) && source.header.policy.name !== input.from.value) continue
    const model = yield* Model.make(source, input.data)
    for (const real of sources.filter((other) => other !== source && isSame(source, other)))
      pairs.push(...(yield* Effect.scoped(foretold(input, source, model, real))))
  }
  return { draws: input.draws, versions: sources[0]?.header.versions ?? {}, pairs } satisfies Judged.Card
})

/** Whether one could have been the other. */
const isSame = ({ header: a }: Source.Source, { header: b }: Source.Source) =>
  a.stream === b.stream && a.seed === b.seed && a.rounds === b.rounds && a.clock === b.clock

/** None where it cannot be told. */
const foretold = Effect.fnUntraced(function* (
  { learning, draws, data }: Input,
  source: Source.Source,
  model: Model.Model,
  real: Source.Source
) {
  const policies = { own: yield* Reproduce.policyOf(source), other: yield* Reproduce.policyOf(real) }
  const lesson = learning === "modelled" ? undefined : yield* Relearn.open(source, model, data)
  if (typeof lesson === "string") return []
  const options = { draws, widening: Widening.none }
  const told =
    lesson === undefined
      ? Counterfactual.foretell(model, source.entries, policies, options)
      : yield* Counterfactual.relearn(model, source.entries, policies, lesson, options)
  const { header } = source
  const was = Counterfactual.measured(real.entries)
  if (Measure.measures.some((measure) => told.other[measure] === null || was[measure] === null)) return []
  const pair: Judged.Pair = {
    stream: header.stream,
    clock: header.clock === "modelled" ? "modelled" : "measured",
    kind: told.kind,
    seed: header.seed,
    own: header.policy.name,
    other: real.header.policy.name,
    foretold: Measure.each((measure) => {
      const { value, low, high } = told.other[measure]!
      return { value: digits(value), low: digits(low), high: digits(high) }
    }),
    was: Measure.each((measure) => digits(was[measure]!))
  }
  return [pair]
})

/** More would differ between machines. */
const digits = (value: number) => Number(value.toPrecision(6))

const about: Readonly<Record<Widening.Kind, string>> = {
  blind: "of policies that ask for the same whatever is learnt",
  foretold: "of policies that look at what is learnt, by surrogates",
  real: "by real training"
}

const words = ({ stream, clock, kind, seeds, measures }: Judged.Figures): string =>
  [
    `On the ${clock} clock, ${about[kind]}: ${Text.plural(measures.seconds.drawn.runs, "pair")} of ${Text.plural(seeds, "seed")} on ${stream}.`,
    ...Measure.measures.map(
      (measure) =>
        `  ${measure}: ${Fidelity.line(measure, measures[measure].drawn)} as drawn, ${Text.percent(measures[measure].widened.coverage90)} widened`
    )
  ].join("\n")
