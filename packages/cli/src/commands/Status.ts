/** `edgeol status user@host`: what runs on a device, and how it does. */
import * as Deploy from "@edgeol/deploy/Deploy"
import * as Ssh from "@edgeol/deploy/Ssh"
import { Console, Effect, Option, Schema } from "effect"
import { Command } from "effect/cli"
import * as Board from "../deploy/Flags.ts"
import * as Flags from "../Flags.ts"
import * as Text from "../report/Text.ts"

const handle = Effect.fn(function* ({ host, json }: { readonly host: string; readonly json: boolean }) {
  const status = yield* Deploy.status(yield* Ssh.open(host))
  yield* Console.log(json ? JSON.stringify(status, null, 2) : lines(status).join("\n"))
}, Effect.scoped)

/** What a person wants to know first: which release, what it does, what to do. */
export const lines = ({ current, previous, pending, active, health }: Deploy.Status): ReadonlyArray<string> => [
  current === null
    ? "No release is installed."
    : `release ${current.release} (${current.hash.slice(0, 12)}): ${current.policy} on ${current.experiment}`,
  `service ${active ? "active" : "not active"}, ${answer(health)}`,
  ...(pending
    ? ["The last deployment was cut off; at the service's next start the release before it runs again."]
    : []),
  ...(previous === null
    ? []
    : [`before: release ${previous.release} (${previous.hash.slice(0, 12)}), ${previous.policy}`])
]

const answer = ({ status, body }: Deploy.Status["health"]): string => {
  if (status === 0) return "but it does not answer; see edgeol logs"
  const { error } = body
  if (status !== 200) {
    return `but answers with HTTP ${status}: ${typeof error === "string" ? error : JSON.stringify(body)}`
  }
  return Option.match(decode(body), {
    onNone: () => `answers: ${JSON.stringify(body)}`, // an agent of another version
    onSome: ({ breach, rounds, at }) => {
      const done = `${Text.plural(rounds, "round")}, the last event ${Text.seconds(at)} after its start`
      return breach === null
        ? `learning: ${done}`
        : `answering without learning: ${done}; it stepped aside at ${Text.seconds(breach.at)}, as ${breach.promise} ` +
            `reached ${Number(breach.reached.toPrecision(3))}, promised at most ${breach.bound}`
    }
  })
}

const decode = Schema.decodeUnknownOption(
  Schema.Struct({
    rounds: Schema.Int,
    at: Schema.Finite,
    breach: Schema.NullOr(
      Schema.Struct({ promise: Schema.String, at: Schema.Finite, reached: Schema.Finite, bound: Schema.Finite })
    )
  })
)

export const command = Command.make("status", { host: Board.host, json: Flags.json }, handle).pipe(
  Command.withDescription("Say which release runs on a device, and how it does")
)
