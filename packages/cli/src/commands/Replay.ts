/** `edgeol replay`: a tape decided again, line by line; and what another policy would have made of it. */
import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"
import * as Reproduce from "../replay/Reproduce.ts"
import * as Source from "../replay/Source.ts"
import * as Text from "../report/Text.ts"

const flags = {
  tape: Argument.String("tape").pipe(
    Argument.withDescription("A run's folder, or the file of a tape"),
    Argument.withDefault("runs/latest")
  ),
  json: Flags.json
}

interface Input {
  readonly tape: string
  readonly json: boolean
}

const handle = Effect.fn(function* (input: Input) {
  const source = yield* Source.read(input.tape)
  const reproduced = yield* Reproduce.reproduce(source)
  const { difference } = reproduced
  if (input.json)
    yield* Console.log(
      JSON.stringify({ tape: source.file, same: difference === undefined, ...reproduced, notes: source.notes }, null, 2)
    )
  if (difference !== undefined) return yield* new CliError({ message: Reproduce.sentence(source, difference) })
  if (!input.json) yield* Console.log(text(source, reproduced))
})

const text = ({ notes }: Source.Source, { policy, observations, decisions, fingerprint }: Reproduce.Reproduced) =>
  [
    `${policy} decides again as on the tape: ${Text.plural(observations, "observation")}, ${Text.plural(decisions, "decision")}.`,
    `Fingerprint ${fingerprint}.`,
    ...notes
  ].join("\n")

export const command = Command.make("replay", flags, handle).pipe(
  Command.withDescription(
    "Decide a recorded run again: every decision must be the same, and the first other one is shown"
  ),
  Command.withExamples([
    { command: "edgeol replay runs/latest", description: "Does this version still decide as it did?" }
  ])
)
