/** `edgeol bundle`: a verified policy and all that it needs on a device, in one file. */
import { createPublicKey, type KeyObject } from "node:crypto"
import { dirname } from "node:path"
import * as Bundles from "@edgeol/deploy/Bundle"
import { Target, sha256 } from "@edgeol/deploy/Manifest"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Contents from "../deploy/Contents.ts"
import * as Runtime from "../deploy/Runtime.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Sign from "../verify/Sign.ts"

const flags = {
  policy: Flag.String("policy").pipe(
    Flag.withDescription(
      "Policy, such as edgeol or periodic:4, or its .ts file where that lies now (default: the certificate's)"
    ),
    Flag.optional
  ),
  ...Flags.stage,
  device: Flag.String("device").pipe(
    Flag.withDescription("Device and power mode, or the device's file, that the policy was verified for"),
    Flag.withDefault("orin-nano@15W")
  ),
  initial: Flag.String("initial").pipe(
    Flag.withDescription(
      "The initial folder of a run, for the model to begin with (default: one trained now and kept)"
    ),
    Flag.optional
  ),
  certificate: Flag.String("certificate").pipe(
    Flag.withDescription("Certificate, as edgeol verify signed it"),
    Flag.withDefault("certificate.json")
  ),
  key: Flag.String("key").pipe(
    Flag.withDescription("Private key to sign with, the certificate's"),
    Flag.withDefault("edgeol.key")
  ),
  target: Flag.Literals("target", Target.literals).pipe(
    Flag.withDescription("System of the device"),
    Flag.withDefault("linux-arm64")
  ),
  release: Flag.Int("release").pipe(
    Flag.withDescription("Number of the release: a device takes none that is lower than what it had"),
    Flag.withDefault(1)
  ),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of stream and model"), Flag.withDefault(1)),
  threads: Flags.run.threads,
  runtime: Flag.Boolean("runtime").pipe(
    Flag.withDescription("Build only the runtime layer of the target, or find it in the cache"),
    Flag.withDefault(false)
  ),
  out: Flag.String("out").pipe(Flag.withDescription("File to write"), Flag.withDefault("release.edgeol")),
  json: Flags.json
}

interface Input extends Contents.Options {
  readonly key: string
  readonly target: typeof Target.Type
  readonly release: number
  readonly runtime: boolean
  readonly out: string
  readonly json: boolean
}

const handle = Effect.fn(function* (input: Input) {
  const { target, release, out, json } = input
  if (release < 1) return yield* new CliError({ message: `--release must be at least 1, not ${release}.` })
  if (input.runtime) return yield* tell(yield* Runtime.build(target), json)
  if (Files.isFolder(out)) {
    return yield* new CliError({ message: `${out} is a folder; name the file to write, as in --out robot.edgeol.` })
  }
  const key = yield* Sign.key(input.key)
  const { files, policy, experiment } = yield* Contents.make(input, key)
  const runtime = (yield* Runtime.build(target)).hash
  const bytes = yield* Effect.tryPromise({
    try: () => opened({ files, facts: { release, target, runtime, policy, experiment } }, key),
    catch: (cause) => new CliError({ message: (cause as Error).message })
  })
  yield* Files.change(dirname(out), () => Files.replace(out, bytes))
  const made = { file: out, release, target, policy, experiment, runtime, bytes: bytes.length, hash: sha256(bytes) }
  yield* Console.log(
    json
      ? JSON.stringify(made, null, 2)
      : `${out}: release ${release} of ${policy} on ${experiment} for ${target}, ${(bytes.length / 1e6).toFixed(1)} MB, ${made.hash.slice(0, 12)}`
  )
})

/** A bundle that a device which trusts this key will take. */
const opened = async (contents: Bundles.Contents, key: KeyObject): Promise<Uint8Array> => {
  const bytes = await Bundles.make(contents, key)
  await Bundles.open(bytes, [createPublicKey(key)])
  return bytes
}

const tell = ({ target, hash, archive, bytes }: Runtime.Runtime, json: boolean) =>
  Console.log(
    json
      ? JSON.stringify({ target, hash, archive, bytes }, null, 2)
      : `runtime for ${target}: ${hash.slice(0, 12)}, ${Math.ceil(bytes / 1e6)} MB, ${archive}`
  )

export const command = Command.make("bundle", Flags.shown(flags), handle).pipe(
  Command.withDescription("Put a verified policy and all that it needs on a device into one signed file"),
  Command.withExamples([
    {
      command: "edgeol bundle --certificate certificate.json --key robot.key --release 3 --out robot.edgeol",
      description: "What edgeol deploy sends to a Jetson; equal inputs give equal bytes"
    },
    {
      command: "edgeol bundle --runtime --target linux-arm64",
      description: "Node, TensorFlow and its addon for a Jetson, built once"
    }
  ])
)
