/** `edgeol deploy user@host [bundle]`: a release on its way to a device. */
import { readFileSync } from "node:fs"
import * as Bundle from "@edgeol/deploy/Bundle"
import * as Deploys from "@edgeol/deploy/Deploy"
import type { Manifest } from "@edgeol/deploy/Manifest"
import * as Keys from "@edgeol/deploy/Keys"
import * as Ssh from "@edgeol/deploy/Ssh"
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Board from "../deploy/Flags.ts"
import * as Runtime from "../deploy/Runtime.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"

const flags = {
  host: Board.host,
  bundle: Argument.String("bundle").pipe(
    Argument.withDescription("A file that edgeol bundle wrote"),
    Argument.withDefault("release.edgeol")
  ),
  trust: Flag.String("trust").pipe(
    Flag.withDescription("Public key that the device shall trust from now on, such as edgeol.key.pub"),
    Flag.optional
  ),
  seconds: Board.seconds,
  json: Flags.json
}

interface Input {
  readonly host: string
  readonly bundle: string
  readonly trust: Option.Option<string>
  readonly seconds: number
  readonly json: boolean
}

const handle = Effect.fn(function* (input: Input) {
  const { seconds, json } = input
  const bytes = yield* read(input.bundle)
  const inspected = yield* Effect.tryPromise({
    try: () => Bundle.inspect(bytes),
    catch: (cause) => new CliError({ message: `${input.bundle}: ${(cause as Error).message}` })
  })
  const bundle = { path: input.bundle, bytes: bytes.length, ...inspected }
  const trust = Option.isSome(input.trust) ? { trust: yield* publicKey(input.trust.value) } : {}
  const host = yield* Ssh.open(input.host)
  const runtime = runtimeOf(inspected.manifest)
  const tell = (line: string) => void process.stderr.write(`edgeol: ${line}\n`)
  const done = yield* Deploys.deploy(host, { bundle, runtime, seconds, tell, ...trust })
  yield* Console.log(json ? JSON.stringify(done, null, 2) : sentence(input.host, done))
}, Effect.scoped)

const sentence = (host: string, { release, hash, changed }: Deploys.Done) =>
  changed
    ? `Release ${release} (${hash.slice(0, 12)}) runs on ${host}.`
    : `Release ${release} (${hash.slice(0, 12)}) ran on ${host} already.`

const read = (path: string) =>
  Effect.try({
    try: () => readFileSync(path),
    catch: (error) =>
      new CliError({ message: `Cannot read ${path}: ${Files.reason(error)}; make it with edgeol bundle.` })
  })

const publicKey = Effect.fnUntraced(function* (path: string) {
  const key = yield* Effect.fromResult(Keys.publicKey((yield* read(path)).toString(), path))
  return Keys.publicText(key)
})

/** The layer that a bundle was made with, if this machine still makes the same. */
const runtimeOf = Effect.fnUntraced(function* ({ target, runtime }: Manifest) {
  const built = yield* Runtime.build(target)
  if (built.hash === runtime) return built
  return yield* new CliError({
    message: `The bundle needs the runtime ${runtime.slice(0, 12)} and here is ${built.hash.slice(0, 12)}; bundle again here.`
  })
})

export const command = Command.make("deploy", Flags.shown(flags), handle).pipe(
  Command.withDescription("Install a bundle on a device over your own ssh; whatever fails, what ran before runs on"),
  Command.withExamples([
    {
      command: "edgeol deploy nvidia@robot robot.edgeol --trust edgeol.key.pub",
      description: "The first time: the runtime goes along, and the device learns whom to trust"
    },
    { command: "edgeol deploy nvidia@robot robot.edgeol", description: "From then on" }
  ])
)
