/** `edgeol logs user@host`: what the agent of a device said last. */
import * as Log from "@edgeol/deploy/Logs"
import * as Ssh from "@edgeol/deploy/Ssh"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Board from "../deploy/Flags.ts"
import * as Flags from "../Flags.ts"

const flags = {
  host: Board.host,
  lines: Flag.Int("lines").pipe(Flag.withDescription("How many"), Flag.withDefault(50)),
  json: Flags.json
}

interface Input {
  readonly host: string
  readonly lines: number
  readonly json: boolean
}

const handle = Effect.fn(function* ({ host, lines, json }: Input) {
  if (lines < 1) return yield* new CliError({ message: `--lines must be at least 1, not ${lines}.` })
  const last = yield* Log.last(yield* Ssh.open(host), lines)
  if (json) return yield* Console.log(JSON.stringify({ lines: last }, null, 2))
  yield* last.length > 0 ? Console.log(last.join("\n")) : Console.error(`The agent on ${host} has said nothing yet.`)
}, Effect.scoped)

export const command = Command.make("logs", Flags.shown(flags), handle).pipe(
  Command.withDescription("Show what the agent of a device said last")
)
