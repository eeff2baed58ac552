/**
 * Brings a device's tapes home while its agent runs. What is here already is not fetched again, a transfer that was cut
 * off goes on where it stopped, and a tape gets its name here only when its SHA-256 is the one it had there.
 */
import { createHash } from "node:crypto"
import {
  appendFileSync,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync
} from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { DeployError } from "./DeployError.ts"
import * as Ssh from "./Ssh.ts"

/** A tape as long as it was when it was looked at; its agent may write on. */
export interface Tape {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

export interface Pulled extends Tape {
  readonly path: string
  /** Bytes that had to come over. */
  readonly fetched: number
}

const listing = `
cd "$HOME/.local/share/edgeol/state/tape" 2>/dev/null || exit 0
for tape in tape-*.ndjson; do
  test -f "$tape" || continue
  bytes=$(wc -c < "$tape")
  echo "$bytes $(head -c "$bytes" "$tape" | sha256sum | cut -c1-64) $tape"
done
`

/** The tapes of a device, the oldest first. */
export const list = (host: Ssh.Host): Effect.Effect<ReadonlyArray<Tape>, DeployError> =>
  Effect.map(Ssh.succeed(host, listing), (printed) =>
    printed.split("\n").flatMap((line) => {
      const [, bytes, sha256, name] = /^(\d+) ([0-9a-f]{64}) (tape-\d+\.ndjson)$/.exec(line.trim()) ?? []
      return bytes === undefined ? [] : [{ name: name!, bytes: Number(bytes), sha256: sha256! }]
    })
  )

/** Fetches all tapes into a folder, which is made. */
export const all = Effect.fnUntraced(function* (host: Ssh.Host, folder: string) {
  yield* local(folder, () => mkdirSync(folder, { recursive: true }))
  return yield* Effect.forEach(yield* list(host), (tape) => one(host, tape, folder))
})

const one = Effect.fnUntraced(function* (host: Ssh.Host, tape: Tape, folder: string) {
  const path = join(folder, tape.name)
  const same = existsSync(path) && (yield* digest(path)) === tape.sha256
  return { ...tape, path, fetched: same ? 0 : yield* fetched(host, tape, path) } satisfies Pulled
})

/** Goes on with what is here; where that has become another tape, all of it is fetched. */
const fetched = Effect.fnUntraced(function* (host: Ssh.Host, tape: Tape, path: string) {
  const part = `${path}.part`
  yield* local(part, () => {
    if (!existsSync(part) && existsSync(path)) copyFileSync(path, part)
  })
  const had = yield* append(host, tape, part)
  const isWhole = (yield* digest(part)) === tape.sha256
  if (!isWhole) yield* local(part, () => rmSync(part))
  if (!isWhole && had === 0) {
    return yield* new DeployError({ message: `${tape.name} did not arrive whole from ${host.name}; pull again.` })
  }
  if (!isWhole) yield* append(host, tape, part)
  if (!isWhole && (yield* digest(part)) !== tape.sha256) {
    return yield* new DeployError({ message: `${tape.name} changed on ${host.name} while it was fetched; pull again.` })
  }
  yield* local(path, () => renameSync(part, path))
  return tape.bytes - (isWhole ? had : 0)
})

const rest = `tail -c "+$(($2 + 1))" "$HOME/.local/share/edgeol/state/tape/$1" | head -c "$(($3 - $2))"`

/** Fetches what is missing of a part; gives how many bytes were there. */
const append = Effect.fnUntraced(function* (host: Ssh.Host, { name, bytes }: Tape, part: string) {
  const there = statSync(part, { throwIfNoEntry: false })?.size ?? 0
  const had = there > bytes ? 0 : there
  yield* local(part, () => {
    if (had === 0) rmSync(part, { force: true })
    appendFileSync(part, "")
  })
  let refused: unknown
  const output = (chunk: Buffer) => {
    if (refused !== undefined) return
    try {
      appendFileSync(part, chunk)
    } catch (error) {
      refused = error // a full disk, say: nobody would catch it here
    }
  }
  yield* Ssh.succeed(host, rest, [name, String(had), String(bytes)], { output })
  return refused === undefined ? had : yield* unwritable(part, refused)
})

const digest = (path: string): Effect.Effect<string, DeployError> =>
  Effect.tryPromise({
    try: async () => {
      const hash = createHash("sha256")
      for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
      return hash.digest("hex")
    },
    catch: (error) => unwritable(path, error)
  })

const local = <A>(path: string, action: () => A): Effect.Effect<A, DeployError> =>
  Effect.try({ try: action, catch: (error) => unwritable(path, error) })

/** With what the system says, without its code and call. */
const unwritable = (path: string, error: unknown) => {
  const why = (error as Error).message.replace(/^[A-Z]+: /, "").replace(/, \w+( .*)?$/, "")
  return new DeployError({ message: `Cannot write ${path}: ${why}; name another folder with --out.` })
}
