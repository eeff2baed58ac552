/**
 * What `edgeol` runs on a device, under the lock: `main.js activate BUNDLE SECONDS`, `main.js rollback SECONDS` or
 * `main.js status`. Prints one line of JSON: `{"done": …}` or `{"refused": "one sentence"}`.
 *
 * As long as a release is judged, somebody must hold on to standard input: when it ends, the connection was lost, and
 * the old release runs again.
 */
import { readFileSync, rmSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { BundleError } from "../BundleError.ts"
import * as Manifest from "../Manifest.ts"
import * as Health from "./Health.ts"
import * as Place from "./Place.ts"
import * as Places from "./Places.ts"
import * as Service from "./Service.ts"
import * as Switch from "./Switch.ts"

const home = homedir()
const root = join(home, ".local/share/edgeol")

let lost = false

const options = (seconds: string, accept: () => void): Switch.Options => ({
  root,
  home,
  seconds: Number(seconds),
  isLost: () => lost,
  accept
})

const activate = async (file: string, seconds: string) => {
  Switch.recover(root)
  try {
    const done = await activated(file, seconds)
    Place.tidy(root)
    return done
  } finally {
    rmSync(file, { force: true })
  }
}

const activated = async (file: string, seconds: string) => {
  const { manifest, hash } = await Place.release(root, file)
  const { release } = manifest
  const before = Places.linked(root, "current")
  if (before === hash && (await answers(release))) return { release, hash, changed: false }
  const accept = () => Places.write(join(root, "installed.json"), JSON.stringify({ release, hash }))
  await judged(hash, release, options(seconds, accept))
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
  const { release } = manifestOf(hash)
  const before = Places.linked(root, "current")
  await judged(
    hash,
    release,
    options(seconds, () => {})
  )
  return { release, hash, changed: true, before }
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
  process.stdin.resume()
}

holdOn()
const told = await run(...process.argv.slice(2))
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit("refused" in told ? 1 : 0))
