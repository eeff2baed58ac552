/** Brings a bundle to a device, and asks a device to change back: everything that `edgeol deploy` does over ssh. */
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Schema } from "effect"
import type { Files } from "./Archive.ts"
import { from } from "./BundleError.ts"
import { DeployError } from "./DeployError.ts"
import * as Manifest from "./Manifest.ts"
import * as Probe from "./Probe.ts"
import * as Program from "./Program.ts"
import * as Release from "./Release.ts"
import * as Ssh from "./Ssh.ts"
import * as Upload from "./Upload.ts"

/** A runtime layer as it is sent. */
export interface Runtime {
  readonly hash: string
  readonly archive: string
  readonly sha256: string
  readonly bytes: number
  readonly unpackedBytes: number
}

export interface Options {
  readonly bundle: {
    readonly path: string
    readonly bytes: number
    readonly manifest: Manifest.Manifest
    readonly hash: string
    readonly files: Files
  }
  /** The layer that the bundle needs, looked for only where the device lacks it. */
  readonly runtime: Effect.Effect<Runtime, { readonly message: string }>
  /** The text of a public key that the device shall trust from now on. */
  readonly trust?: string
  /** How long the new release may take until it answers. */
  readonly seconds: number
  readonly tell: (line: string) => void
}

const Done = Schema.Struct({
  release: Schema.Int,
  hash: Manifest.Hash,
  changed: Schema.Boolean,
  before: Schema.optionalKey(Manifest.Hash)
})
export type Done = typeof Done.Type

/** Installs and switches; gives what runs now. Whatever fails or is cut off, what ran before runs on. */
export const deploy = Effect.fnUntraced(function* (host: Ssh.Host, options: Options) {
  const { bundle, tell } = options
  tell(`sending release ${bundle.manifest.release}, ${bundle.manifest.policy}, and waiting for its agent to answer`)
  const done = options.trust === undefined ? yield* atOnce(host, options) : undefined
  return done ?? (yield* stepwise(host, options))
})

/** In one session; undefined where the device lacks more than the bundle. */
const atOnce = Effect.fnUntraced(function* (host: Ssh.Host, { bundle, seconds }: Options) {
  const { manifest, hash, path, bytes, files } = bundle
  const tool = files.get(Release.device)
  if (tool === undefined) return undefined
  const args = [manifest.runtime, toolOf(tool), "receive", hash, String(bytes), String(seconds)]
  const done = yield* act(host, prepared, args, { input: createReadStream(path), hold: true })
  return done === undefined ? undefined : decodeDone(done)
})

/** Looks at the device first, and sends each thing that it lacks. */
const stepwise = Effect.fnUntraced(function* (host: Ssh.Host, options: Options) {
  const { bundle, tell } = options
  const { manifest, hash } = bundle
  const [device, built] = yield* Effect.all([Probe.device(host), programOf(bundle)], { concurrency: "unbounded" })
  yield* fit(host, device, options)
  if (options.trust !== undefined) yield* sendText(host, options.trust, (id) => `keys/${id.slice(0, 16)}.pem`)
  const program = yield* sendTool(host, device, built)
  yield* Upload.file(host, { path: bundle.path, sha256: hash }, device.parts)
  const args = [manifest.runtime, program, "activate", `incoming/${hash}`, String(options.seconds)]
  const done = decodeDone(yield* act(host, underLock, args, { input: "hold" }))
  if (!device.lingers) {
    tell(`services of ${host.name} end with the last session; to start at boot, run there: sudo loginctl enable-linger`)
  }
  return done
})

/** Fails where the device cannot take the release, and sends its runtime unless it is there. */
const fit = Effect.fnUntraced(function* (host: Ssh.Host, device: Probe.Device, options: Options) {
  const { bundle, tell } = options
  tell(
    `${host.name}: ${device.model}, ${device.target}, glibc ${device.glibc}, ${Math.floor(device.free / 1e6)} MB free`
  )
  if (device.sensors.length === 0) tell(`${host.name} has no power sensor: its joules will be modelled`)
  if (device.keys.length === 0 && options.trust === undefined) return yield* new DeployError({ message: nobody(host) })
  const present = device.runtimes.includes(bundle.manifest.runtime)
  const runtime = present ? undefined : yield* options.runtime
  const needed = 2 * bundle.bytes + (runtime === undefined ? 0 : runtime.bytes + runtime.unpackedBytes)
  const obstacle = Probe.obstacle(host.name, device, bundle.manifest.target, needed)
  if (obstacle !== undefined) return yield* new DeployError({ message: obstacle })
  if (runtime !== undefined) yield* sendRuntime(host, runtime, device, tell)
})

const nobody = ({ name }: Ssh.Host) =>
  `${name} trusts nobody's bundles yet; name the public key that it shall trust with --trust FILE.`

const decodeDone = Schema.decodeUnknownSync(Done)

const sendRuntime = Effect.fnUntraced(function* (
  host: Ssh.Host,
  runtime: Runtime,
  { parts }: Probe.Device,
  tell: Options["tell"]
) {
  tell(`sending the runtime ${runtime.hash.slice(0, 12)}, ${Math.ceil(runtime.bytes / 1e6)} MB, once for this device`)
  yield* Upload.file(host, { path: runtime.archive, sha256: runtime.sha256 }, parts)
  tell("unpacking and checking it")
  yield* Upload.runtime(host, runtime.sha256, runtime.hash)
})

/** Sends a text under a name made of its hash. */
const sendText = Effect.fnUntraced(function* (
  host: Ssh.Host,
  text: string | Uint8Array,
  name: (hash: string) => string
) {
  const hash = Manifest.sha256(text)
  const folder = mkdtempSync(join(tmpdir(), "edgeol-send-"))
  const path = join(folder, hash)
  writeFileSync(path, text)
  yield* Upload.file(host, { path, sha256: hash }, new Map()).pipe(
    Effect.andThen(Upload.place(host, hash, name(hash))),
    Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true, force: true })))
  )
  return name(hash)
})

const tool = fileURLToPath(new URL("./device/main.ts", import.meta.url))

/** What the device is, and the program that acts on it. */
const looked = (host: Ssh.Host) => Effect.all([Probe.device(host), program], { concurrency: "unbounded" })

/** In one file. */
export const program = Effect.tryPromise({
  try: async () => (await Program.build("main", tool)).get("main.js")!,
  catch: from("The device's program cannot be made")
})

/** The one that the bundle brings. */
const programOf = ({ files }: Options["bundle"]) => {
  const brought = files.get(Release.device)
  return brought === undefined ? program : Effect.succeed(brought)
}

/** Sends the program unless it is there. */
const sendTool = Effect.fnUntraced(function* (host: Ssh.Host, device: Probe.Device, text: Uint8Array) {
  const path = toolOf(text)
  return device.tools.includes(basename(path)) ? path : yield* sendText(host, text, () => path)
})

const toolOf = (text: Uint8Array) => `tools/${Manifest.sha256(text)}.mjs`

/**
 * Runs the device's program under the lock, which ends with it however it ends. It is over before compiling it pays:
 * without, checking a bundle takes 13 ms of CPU in place of 19 on x64, and 0.35 s in place of 0.57 on an emulated board.
 */
const underLock = `
root="$HOME/.local/share/edgeol"
cd "$root" || exit 1
runtime="$1"
shift
exec flock -n -o -E 75 lock "runtimes/$runtime/bin/node" --no-opt --no-maglev --no-sparkplug "$@"
`

/** The same where everything for it is there; status 74 where it is not, or a part of `$4` is. */
const prepared = `
cd "$HOME/.local/share/edgeol" 2>/dev/null || exit 74
test -x "runtimes/$1/bin/node" && test -e "$2" && test ! -e "incoming/$4.part" || exit 74
${underLock}`

const Told = Schema.fromJsonString(
  Schema.Union([Schema.Struct({ done: Schema.Unknown }), Schema.Struct({ refused: Schema.String })])
)
const decodeTold = Schema.decodeUnknownOption(Told)

/** What the device's program did. Its input is held open meanwhile: it steps back when the connection is lost. */
const act = Effect.fnUntraced(function* (
  host: Ssh.Host,
  script: string,
  args: ReadonlyArray<string>,
  input: Ssh.Options
) {
  const { status, out, err } = yield* Ssh.run(host, script, args, input)
  if (status === 74) return undefined
  if (status === 75) return yield* Upload.busy(host)
  const told = decodeTold(out.trim().split("\n").at(-1) ?? "")
  if (told._tag === "None") {
    const said = err.trim().split("\n").at(-1) || `status ${status}`
    return yield* new DeployError({
      message: `The program on ${host.name} died (${said}); deploy again, which first brings back what ran before.`
    })
  }
  if ("refused" in told.value) return yield* new DeployError({ message: `${host.name}: ${told.value.refused}` })
  return told.value.done
})

/** Makes the release before the current one; gives what runs now. */
export const rollback = Effect.fnUntraced(function* (host: Ssh.Host, seconds: number) {
  const [runtime, path] = yield* installed(host)
  return decodeDone(yield* act(host, underLock, [runtime, path, "rollback", String(seconds)], { input: "hold" }))
})

/** What runs on a device, and how it does. */
export const status = Effect.fnUntraced(function* (host: Ssh.Host) {
  const [runtime, path] = yield* installed(host)
  return decodeStatus(yield* act(host, underLock, [runtime, path, "status"], { input: "hold" }))
})

const About = Schema.Struct({
  release: Schema.Int,
  hash: Manifest.Hash,
  policy: Schema.String,
  experiment: Schema.String,
  runtime: Manifest.Hash
})

export const Status = Schema.Struct({
  current: Schema.NullOr(About),
  previous: Schema.NullOr(About),
  installed: Schema.NullOr(Schema.Struct({ release: Schema.Int, hash: Manifest.Hash })),
  pending: Schema.Boolean,
  active: Schema.Boolean,
  health: Schema.Struct({ status: Schema.Int, body: Schema.Record(Schema.String, Schema.Json) })
})
export type Status = typeof Status.Type
const decodeStatus = Schema.decodeUnknownSync(Status)

/** A runtime that is there, and the program for it. */
const installed = Effect.fnUntraced(function* (host: Ssh.Host) {
  const [device, built] = yield* looked(host)
  const [runtime] = device.runtimes
  if (runtime !== undefined) return [runtime, yield* sendTool(host, device, built)] as const
  return yield* new DeployError({ message: `Nothing is installed on ${host.name}; deploy a bundle first.` })
})
