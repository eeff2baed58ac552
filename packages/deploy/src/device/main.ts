/**
 * What `edgeol` runs on a device, under the lock: `main.js receive HASH BYTES SECONDS` with a bundle on standard input,
 * `activate BUNDLE SECONDS` for one in a file, `rollback SECONDS` or `status`. Prints one line of JSON: `{"done": …}` or
 * `{"refused": "one sentence"}`.
 *
 * As long as a release is judged, somebody must hold on to standard input: when it ends, the connection was lost, and
 * the old release runs again.
 */
import { readFileSync, rmSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { BundleError } from "../BundleError.ts"
import * as Manifest from "../Manifest.ts"
import * as Successor from "../Successor.ts"
import * as Input from "./Input.ts"
import * as Health from "./Health.ts"
import * as Place from "./Place.ts"
import * as Places from "./Places.ts"
import * as Service from "./Service.ts"
import * as Switch from "./Switch.ts"

const home = homedir()
const root = join(home, ".local/share/edgeol")

let lost = false

const options = (seconds: string, next: Manifest.Manifest, accept: () => void): Switch.Options => {
  const before = Places.linked(root, "current")
  const takesOver = before !== undefined && fits(next, before)
  return { root, home, seconds: Number(seconds), isLost: () => lost, takesOver, accept }
}

const fits = (next: Manifest.Manifest, hash: string): boolean => {
  try {
    return Successor.fits(next, manifestOf(hash))
  } catch {
    return false // it is damaged: another one puts that right
  }
}

const activate = async (file: string, seconds: string) => {
  try {
    return await activated(() => readFileSync(file), seconds)
  } finally {
    rmSync(file, { force: true })
  }
}

const receive = (hash: string, bytes: string, seconds: string) =>
  activated(() => Input.bundle(root, hash, Number(bytes)), seconds)

const activated = async (bundle: () => Uint8Array | Promise<Uint8Array>, seconds: string) => {
  Switch.recover(root)
  const done = await installed(await bundle(), seconds)
  Place.tidy(root)
  return done
}

const installed = async (bundle: Uint8Array, seconds: string) => {
  const { manifest, hash } = await Place.release(root, bundle)
  const { release } = manifest
  const before = Places.linked(root, "current")
  if (before === hash && (await answers(release))) return { release, hash, changed: false }
  const accept = () => Place.install(root, { release, hash })
  await judged(hash, release, options(seconds, manifest, accept))
  return { release, hash, changed: true, before }
}

const answers = async (release: number): Promise<boolean> => {
  const { status, body } = await Health.ask(Health.socket(root))
  return status === 200 && body.release === release
}

const rollback = async (seconds: string) => {
  Switch.recover(root)
  const hash = Places.linked(root, "previous")
  if (hash === undefined) {
    throw new BundleError({ message: "There is no earlier release on the device; deploy another bundle." })
  }
  const manifest = manifestOf(hash)
  const before = Places.linked(root, "current")
  await judged(
    hash,
    manifest.release,
    options(seconds, manifest, () => {})
  )
  return { release: manifest.release, hash, changed: true, before }
}

/** Rejects where the release does not stay. */
const judged = async (hash: string, release: number, how: Switch.Options): Promise<void> => {
  const why = await Switch.to(hash, release, how)
  if (why === undefined) return
  const now = Places.linked(root, "current")
  const rest = now === undefined ? "nothing runs, as before" : `release ${manifestOf(now).release} runs again`
  throw new BundleError({ message: `Release ${release} did not come up (${why}); ${rest}. See edgeol logs.` })
}

const status = async () => {
  const current = Places.linked(root, "current")
  const previous = Places.linked(root, "previous")
  return {
    current: current === undefined ? null : about(current),
    previous: previous === undefined ? null : about(previous),
    installed: Place.installed(root) ?? null,
    pending: Places.isPending(root),
    active: Service.isActive(),
    health: await Health.ask(Health.socket(root))
  }
}

const about = (hash: string) => {
  const { release, policy, experiment, runtime } = manifestOf(hash)
  return { release, hash, policy, experiment, runtime }
}

const manifestOf = (hash: string): Manifest.Manifest =>
  Manifest.decode(readFileSync(join(root, "releases", hash, "app", Manifest.name), "utf8"))

const commands: { readonly [name: string]: (...args: ReadonlyArray<any>) => Promise<object> } = {
  activate,
  receive,
  rollback,
  status
}

const run = async (name = "", ...args: ReadonlyArray<string>): Promise<object> => {
  try {
    return { done: await commands[name]!(...args) }
  } catch (cause) {
    return { refused: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** What is begun is brought to an end, also without anybody to tell. */
const holdOn = () => {
  for (const signal of ["SIGHUP", "SIGTERM", "SIGINT"] as const) process.on(signal, () => (lost = true))
  process.stdout.on("error", () => (lost = true))
  process.stdin.on("end", () => (lost = true)).on("error", () => (lost = true))
  if (process.argv[2] !== "receive") process.stdin.resume()
}

holdOn()
const told = await run(...process.argv.slice(2))
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit("refused" in told ? 1 : 0))
