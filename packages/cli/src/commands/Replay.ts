/** `edgeol replay`: a tape decided again, line by line; and what another policy would have made of it. */
import type { Policy } from "@edgeol/core/Policy"
import * as Corrections from "@edgeol/sim/replay/Corrections"
import { Console, Effect, Option, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"
import * as Progress from "../Progress.ts"
import * as Counterfactual from "../replay/Counterfactual.ts"
import * as Judged from "../replay/Judged.ts"
import * as Model from "../replay/Model.ts"
import * as Relearn from "../replay/Relearn.ts"
import * as Reproduce from "../replay/Reproduce.ts"
import * as Source from "../replay/Source.ts"
import * as Widening from "../replay/Widening.ts"
import * as Words from "../replay/Words.ts"

const flags = {
  tape: Argument.String("tape").pipe(
    Argument.withDescription("A run's folder, or the file of a tape"),
    Argument.withDefault("runs/latest")
  ),
  policy: Flag.String("policy").pipe(
    Flag.withDescription(
      "What would this policy have cost and gained here? Such as breakEven or periodic:4; or the tape's own, from a file"
    ),
    Flag.optional
  ),
  device: Flag.String("device").pipe(
    Flag.withDescription("Device whose costs the tape is held against (default: those that it was run with)"),
    Flag.optional
  ),
  draws: Flag.Int("draws").pipe(
    Flag.withDescription("How many runs are drawn for the intervals of --policy (default: 99, under real training 19)"),
    Flag.optional
  ),
  learning: Flag.Literals("learning", ["modelled", "real"]).pipe(
    Flag.withDescription(
      "How --policy learns: by the stream's surrogate, or by real training on the tape's samples (default: modelled, where that can tell)"
    ),
    Flag.optional
  ),
  data: Flags.data,
  json: Flags.json
}

interface Input {
  readonly tape: string
  readonly policy: Option.Option<string>
  readonly device: Option.Option<string>
  readonly draws: Option.Option<number>
  readonly learning: Option.Option<"modelled" | "real">
  readonly data: string
  readonly json: boolean
}

const handle = Effect.fn(function* (input: Input) {
  const draws = Option.getOrElse(input.draws, () => 19)
  if (draws < 19) return yield* new CliError({ message: `--draws must be at least 19, not ${draws}.` })
  const source = yield* Source.own(yield* Source.read(input.tape), Option.getOrUndefined(input.policy))
  const reproduced = yield* Reproduce.reproduce(source)
  const { difference } = reproduced
  const about = { tape: source.file, same: difference === undefined, ...reproduced, notes: source.notes }
  if (difference !== undefined) {
    if (input.json) yield* Console.log(JSON.stringify(about, null, 2))
    return yield* new CliError({ message: Reproduce.sentence(source, difference) })
  }
  const asked = Model.make(source, input.data, Option.getOrUndefined(input.device))
  const other = Option.filter(input.policy, (policy) => policy !== source.own)
  const isNeeded = Option.isSome(other) || Option.isSome(input.device)
  // Its decisions are its own wherever the device's costs are.
  const model = isNeeded ? yield* asked : yield* Effect.result(asked).pipe(Effect.map(Result.getOrElse(messageOf)))
  if (typeof model === "string")
    return yield* print(input, { ...about, costs: null, counterfactual: null }, [
      ...Words.reproduced(reproduced),
      ...source.notes,
      `Its costs are not shown: ${model}`
    ])
  const corrections = Corrections.seconds(model.operations)
  const told = Option.isNone(other) ? null : yield* foretell(source, model, input, other.value)
  const costs = { against: model.against, activities: corrections }
  yield* print(input, { ...about, costs, counterfactual: told }, [
    ...Words.reproduced(reproduced),
    ...source.notes,
    "",
    ...Words.costs(model.against, corrections),
    ...(told === null ? [] : ["", ...Words.counterfactual(told, reproduced.policy)])
  ])
}, Effect.scoped)

const messageOf = ({ message }: { readonly message: string }) => message

const print = ({ json }: Input, all: object, lines: ReadonlyArray<string>) =>
  Console.log(json ? JSON.stringify(all, null, 2) : lines.join("\n"))

const foretell = Effect.fnUntraced(function* (
  source: Source.Source,
  model: Model.Model,
  { draws, learning, data }: Input,
  specification: string
) {
  const policies = {
    own: yield* Reproduce.policyOf(source),
    other: yield* Reproduce.policyOf(source, specification)
  }
  const lesson = yield* lessonOf(source, model, policies.other, { learning, data })
  const count = Option.getOrElse(draws, () => (typeof lesson === "object" ? 19 : 99))
  const progress = yield* Progress.bar(count)
  const { clock, stream } = source.header
  const widening = Widening.of(Judged.known(), { clock: clock === "modelled" ? clock : "measured", stream })
  const options = { draws: count, widening, onDraw: (done: number) => progress.to(done, specification) }
  if (typeof lesson === "object") return yield* Counterfactual.relearn(model, source.entries, policies, lesson, options)
  return Counterfactual.foretell(model, source.entries, policies, { ...options, untaught: lesson })
})

/**
 * What is learnt for real: all where that is asked for; else what no surrogate tells, where its samples are at hand, or
 * why they are not.
 */
const lessonOf = Effect.fnUntraced(function* (
  source: Source.Source,
  model: Model.Model,
  policy: Policy,
  { learning, data }: Pick<Input, "learning" | "data">
) {
  const asked = Option.getOrUndefined(learning)
  if (asked === "modelled" || (asked === undefined && Counterfactual.isForetold(model, policy))) return undefined
  const lesson = yield* Relearn.open(source, model, data)
  if (typeof lesson === "string" && asked === "real") {
    return yield* new CliError({ message: `Nothing can be learnt for real: ${lesson}.` })
  }
  return lesson
})

export const command = Command.make("replay", flags, handle).pipe(
  Command.withDescription(
    "Decide a recorded run again: every decision must be the same. With --policy: what another one would have cost"
  ),
  Command.withExamples([
    { command: "edgeol replay runs/latest", description: "Does this version still decide as it did?" },
    {
      command: "edgeol replay runs/latest --policy breakEven",
      description:
        "What another policy would have saved on the same arrivals, with intervals and what the tape cannot tell"
    }
  ])
)
