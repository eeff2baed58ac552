/** `edgeol rollback user@host`: the release before the one that runs. */
import * as Deploy from "@edgeol/deploy/Deploy"
import * as Ssh from "@edgeol/deploy/Ssh"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import * as Board from "../deploy/Flags.ts"
import * as Flags from "../Flags.ts"

interface Input {
  readonly host: string
  readonly seconds: number
  readonly json: boolean
}

const handle = Effect.fn(function* ({ host, seconds, json }: Input) {
  const done = yield* Deploy.rollback(yield* Ssh.open(host), seconds)
  yield* Console.log(
    json ? JSON.stringify(done, null, 2) : `Release ${done.release} (${done.hash.slice(0, 12)}) runs on ${host} again.`
  )
}, Effect.scoped)

export const command = Command.make(
  "rollback",
  Flags.shown({ host: Board.host, seconds: Board.seconds, json: Flags.json }),
  handle
).pipe(Command.withDescription("Run the release before the current one again; a second rollback undoes the first"))
