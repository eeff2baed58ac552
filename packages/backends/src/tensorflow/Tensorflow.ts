/**
 * A TensorFlow that trains, from nothing: `load` fetches the libraries and builds tfjs-node's addon when they are not
 * there yet, and otherwise costs what importing tfjs-node costs.
 */
import { join, resolve } from "node:path"
import { Effect } from "effect"
import * as Addon from "./Addon.ts"
import * as Cache from "./Cache.ts"
import * as Engine from "./Engine.ts"
import * as Install from "./Install.ts"
import * as Layout from "./Layout.ts"
import * as Lock from "./Lock.ts"
import * as Progress from "./Progress.ts"
import * as Failure from "./TensorflowError.ts"
import * as Trial from "./Trial.ts"
import * as Wheel from "./Wheel.ts"

export type { Engine, Tf } from "./Engine.ts"
export { TensorflowError } from "./TensorflowError.ts"

/**
 * Where TensorFlow comes from: a folder of the user's, a pinned wheel in the cache, or the runtime layer that this
 * program runs on, where the addon is in its place already.
 */
export type Source =
  | { readonly _tag: "Shipped"; readonly folder: string }
  | { readonly _tag: "Given"; readonly folder: string }
  | { readonly _tag: "Pinned"; readonly folder: string; readonly wheel: Wheel.Wheel }

/** That of `$EDGEOL_RUNTIME` on a device, else `$EDGEOL_TENSORFLOW`, else the wheel pinned for this machine. */
export const source: Effect.Effect<Source, Failure.TensorflowError> = Effect.suspend(
  (): Effect.Effect<Source, Failure.TensorflowError> => {
    const runtime = process.env.EDGEOL_RUNTIME
    if (runtime !== undefined && runtime !== "") {
      return Effect.succeed({ _tag: "Shipped", folder: join(runtime, "lib") })
    }
    const given = process.env.EDGEOL_TENSORFLOW
    if (given !== undefined && given !== "") return Effect.succeed({ _tag: "Given", folder: resolve(given) })
    const wheel = Wheel.forMachine(process.platform, process.arch)
    if (wheel === undefined) return Effect.fail(Failure.unsupportedPlatform(`${process.platform} ${process.arch}`))
    return Effect.succeed({ _tag: "Pinned", folder: Install.folder(wheel, Cache.folder()), wheel })
  }
)

/** Makes sure that libraries and addon are there and have trained a step. */
export const ensure: Effect.Effect<void, Failure.TensorflowError> = Effect.gen(function* () {
  const from = yield* source
  if (ready(from)) return
  if (from._tag === "Given") yield* complete(from.folder)
  yield* Lock.hold(Cache.folder(), setUp(from, Cache.folder()))
})

/** TensorFlow through tfjs-node, set up if need be. One per process: its number of threads cannot change later. */
export const load = Effect.fnUntraced(function* (options: { readonly threads?: number } = {}) {
  const threads = options.threads ?? running?.threads ?? Engine.defaultThreads()
  if (running === undefined) {
    yield* ensure
    running ??= yield* Effect.try({
      try: () => Engine.start(threads),
      catch: (cause) => Failure.loadFailed((cause as Error).message)
    })
  }
  if (running.threads !== threads) return yield* Failure.threadsFixed(running.threads, threads)
  return running
})

let running: Engine.Engine | undefined

const ready = (from: Source): boolean =>
  from._tag === "Shipped" || (Layout.missing(from.folder).length === 0 && Addon.inPlace(from.folder))

const complete = (folder: string) => {
  const missing = Layout.missing(folder)
  return missing.length > 0 ? Effect.fail(Failure.incomplete(folder, missing)) : Effect.void
}

const setUp = Effect.fnUntraced(function* (from: Source, cache: string) {
  if (ready(from)) return
  if (from._tag === "Pinned") yield* Install.install(from.wheel, cache)
  yield* Addon.install(from.folder, cache)
  yield* Trial.run
  yield* Addon.approve(from.folder)
  Progress.tell("TensorFlow is ready")
})
