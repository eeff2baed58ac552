/** `edgeol status user@host`: what runs on a device, and how it does. */
import * as Deploy from "@edgeol/deploy/Deploy"
import * as Ssh from "@edgeol/deploy/Ssh"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import * as Board from "../deploy/Flags.ts"
import * as Flags from "../Flags.ts"

const handle = Effect.fn(function* ({ host, json }: { readonly host: string; readonly json: boolean }) {
  const status = yield* Deploy.status(yield* Ssh.open(host))
  yield* Console.log(json ? JSON.stringify(status, null, 2) : lines(status).join("\n"))
}, Effect.scoped)

const lines = ({ current, previous, pending, active, health }: Deploy.Status): ReadonlyArray<string> => [
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
  if (status === 0) return "it does not answer"
  const facts = Object.entries(body).map(
    ([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`
  )
  return `${status === 200 ? "healthy" : `HTTP ${status}`}: ${facts.join(", ")}`
}

export const command = Command.make("status", { host: Board.host, json: Flags.json }, handle).pipe(
  Command.withDescription("Say which release runs on a device, and how it does")
)
