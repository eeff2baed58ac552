/** `edgeol demo`: EdgeOL and BreakEven against immediate fine-tuning, trained for real on the built-in stream. */
import { Console, Effect, Option } from "effect"
import { Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import * as Compare from "./Compare.ts"

export const command = Command.make(
  "demo",
  { out: Flags.out, json: Flags.json },
  Effect.fn(function* ({ out, json }) {
    if (!json) yield* Console.log(opening)
    yield* Compare.handle({
      stream: "patterns/nic",
      data: "../shared/data",
      policies: "immediate,edgeol,breakEven",
      seeds: 2,
      seed: 1,
      rounds: "cold",
      clock: "measured",
      device: Option.none(),
      threads: Option.none(),
      out,
      resume: false,
      json
    })
    if (!json) yield* Console.log(closing)
  })
).pipe(Command.withDescription("Train a real network under three policies and show what the better ones save"))

const opening = `A small convolutional network answers requests while its world changes: new signs, new light.
Labelled batches trickle in. "immediate" fine-tunes at each; "edgeol" decides when, and which layers; "breakEven" learns
each in closed form, on features that it has, and fine-tunes when waiting has cost as much as that would.
Each round is a fresh process that loads, trains, saves and exits, as on a device that gives memory back.
`

const closing = `
Next: pnpm edgeol compare --help, or open notebooks/ to try a policy of your own (npm install -g pnpm, if it is not there).`
