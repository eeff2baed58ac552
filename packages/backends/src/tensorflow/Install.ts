/**
 * Brings a pinned TensorFlow into the user's cache. Work happens in a scratch folder; one rename makes it visible, so
 * a folder with its final name is always complete, whenever the process was killed.
 */
import { createHash } from "node:crypto"
import { createReadStream, existsSync, renameSync, statfsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import * as Cache from "./Cache.ts"
import * as Layout from "./Layout.ts"
import * as Progress from "./Progress.ts"
import * as Run from "./Run.ts"
import * as Failure from "./TensorflowError.ts"
import * as Wheel from "./Wheel.ts"

type Step<A> = Effect.Effect<A, Failure.TensorflowError>

/** The folder of an installed wheel in `cache`. */
export const folder = (wheel: Wheel.Wheel, cache: string): string => join(cache, Wheel.folder(wheel))

/** A folder with this name is complete by construction; empty files are looked for all the same. */
export const installed = (wheel: Wheel.Wheel, cache: string): boolean =>
  Layout.missing(folder(wheel, cache)).length === 0

/** Downloads, checks and unpacks a wheel unless that is done. Under `Lock.hold`. */
export const install = Effect.fnUntraced(function* (wheel: Wheel.Wheel, cache: string) {
  const target = folder(wheel, cache)
  if (installed(wheel, cache)) return target
  yield* enoughSpace(wheel, cache)
  const file = yield* fetched(wheel, cache)
  yield* unpacked(wheel, file, cache, target).pipe(Effect.ensuring(Effect.sync(() => Cache.remove(file))))
  return target
})

const enoughSpace = (wheel: Wheel.Wheel, cache: string): Step<void> => {
  const { bavail, bsize } = statfsSync(cache)
  const needed = wheel.bytes * 2 + wheel.unpackedBytes // pip keeps a second copy for a moment
  return bavail * bsize < needed ? Effect.fail(Failure.noSpace(cache, needed, bavail * bsize)) : Effect.void
}

/** The wheel's file in the cache, its hash checked: also one that a killed process had finished fetching. */
const fetched = Effect.fnUntraced(function* (wheel: Wheel.Wheel, cache: string) {
  const kept = join(cache, wheel.file)
  if (existsSync(kept) && (yield* hash(kept)) === wheel.sha256) return kept
  const scratch = yield* Cache.scratch(cache)
  return yield* download(wheel, scratch, kept).pipe(Effect.ensuring(Effect.sync(() => Cache.remove(scratch))))
})

const download = Effect.fnUntraced(function* (wheel: Wheel.Wheel, scratch: string, kept: string) {
  Progress.tell(`downloading ${wheel.project} ${wheel.version} (${Math.round(wheel.bytes / 1e6)} MB, once per user)`)
  yield* pip(wheel, scratch)
  const file = join(scratch, wheel.file)
  if (!existsSync(file)) return yield* Failure.download(wheel.file, "it put another file in its place")
  const found = yield* hash(file)
  if (found !== wheel.sha256) return yield* Failure.wrongHash(wheel.file, wheel.sha256, found)
  yield* Cache.write(kept, () => renameSync(file, kept))
  return kept
})

/** Through the user's own pip, so that its index, proxy and certificate settings hold. */
const pip = Effect.fnUntraced(function* (wheel: Wheel.Wheel, scratch: string) {
  yield* python
  const watch = Progress.watched()
  const result = yield* Run.run("python3", [...pipArguments(wheel, scratch), ...(watch ? [] : ["--quiet"])], {
    env: { TMPDIR: scratch, PIP_DISABLE_PIP_VERSION_CHECK: "1" },
    watch
  })
  if (result.status === 0) return
  if (result.err.includes("No space left")) return yield* Failure.diskFull(scratch)
  return yield* Failure.download(wheel.file, Run.complaint(result))
})

const pipArguments = (wheel: Wheel.Wheel, scratch: string): ReadonlyArray<string> => {
  const target = `--implementation cp --python-version ${wheel.python} --platform ${wheel.platform}`
  const command = `-m pip download --no-deps --no-cache-dir --only-binary :all: ${target}`
  return [...command.split(" "), "--dest", scratch, `${wheel.project}==${wheel.version}`]
}

const python = Effect.gen(function* () {
  const result = yield* Run.run("python3", ["-c", "import pip"])
  if (!result.found) return yield* Failure.noPython()
  if (result.status !== 0) return yield* Failure.noPip()
})

/** SHA-256 of a file, hexadecimal. */
const hash = (path: string): Step<string> =>
  Effect.tryPromise({
    try: async () => {
      const digest = createHash("sha256")
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(chunk as Buffer)
      return digest.digest("hex")
    },
    catch: (cause) => Failure.unpack(path, (cause as Error).message)
  })

const unpacked = Effect.fnUntraced(function* (wheel: Wheel.Wheel, file: string, cache: string, target: string) {
  Progress.tell(`unpacking TensorFlow ${wheel.version} into ${target}`)
  const scratch = yield* Cache.scratch(cache)
  yield* unpackInto(wheel, file, scratch).pipe(
    Effect.andThen(place(scratch, target)),
    Effect.ensuring(Effect.sync(() => Cache.remove(scratch)))
  )
})

const unpackInto = Effect.fnUntraced(function* (wheel: Wheel.Wheel, file: string, scratch: string) {
  const script = fileURLToPath(new URL("./unpack.py", import.meta.url))
  const result = yield* Run.run("python3", [script, file, scratch, ...Wheel.members])
  if (!result.found) return yield* Failure.noPython()
  if (result.err.includes("No space left")) return yield* Failure.diskFull(scratch)
  if (result.status !== 0) return yield* Failure.unpack(wheel.file, Run.complaint(result))
  const missing = Layout.missing(scratch)
  if (missing.length > 0) return yield* Failure.unpack(wheel.file, `it lacks ${missing.join(", ")}`)
})

/** Renames a finished folder into place; an older, damaged one goes first, a complete one of another process stays. */
const place = (scratch: string, target: string): Step<void> =>
  Cache.write(target, () => {
    if (Layout.missing(target).length === 0) return
    Cache.remove(target)
    renameSync(scratch, target)
  })
