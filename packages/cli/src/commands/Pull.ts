/** `edgeol pull user@host`: a device's tapes, home. */
import { join } from "node:path"
import * as Pulls from "@edgeol/deploy/Pull"
import * as Ssh from "@edgeol/deploy/Ssh"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as Board from "../deploy/Flags.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"

const flags = {
  host: Board.host,
  out: Flag.String("out").pipe(
    Flag.withDescription("Folder for the tapes (default: pulled/ and the host's name)"),
    Flag.optional
  ),
  json: Flags.json
}

interface Input {
  readonly host: string
  readonly out: Option.Option<string>
  readonly json: boolean
}

const handle = Effect.fn(function* ({ host, out, json }: Input) {
  const folder = Option.getOrElse(out, () => join("pulled", host.replace(/[^\w.@-]/g, "_")))
  yield* Files.change(folder, () => Files.folder(folder))
  const pulled = yield* Pulls.all(yield* Ssh.open(host), folder)
  if (json) return yield* Console.log(JSON.stringify({ folder, tapes: pulled }, null, 2))
  if (pulled.length === 0) return yield* Console.error(`There is no tape on ${host} yet.`)
  yield* Console.log(pulled.map(line).join("\n"))
}, Effect.scoped)

const line = ({ path, bytes, fetched, sha256 }: Pulls.Pulled) =>
  `${path}: ${bytes} bytes, ${fetched === 0 ? "here already" : `${fetched} fetched`}, SHA-256 ${sha256.slice(0, 12)}`

export const command = Command.make("pull", Flags.shown(flags), handle).pipe(
  Command.withDescription("Fetch the tapes of a device; again, and only what is new comes"),
  Command.withExamples([
    { command: "edgeol pull nvidia@robot --out tapes", description: "Then, for one of them, edgeol replay" }
  ])
)
