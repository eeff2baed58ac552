/** The model that a release begins with: the one that a run began with, or one trained now and kept in the cache. */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Cache from "@edgeol/backends/tensorflow/Cache"
import * as Progress from "@edgeol/backends/tensorflow/Progress"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Release from "@edgeol/deploy/Release"
import type { Named } from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import { Effect, Option } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Initial from "../Initial.ts"
import * as Settings from "../Settings.ts"
import type { World } from "../World.ts"

export interface Options {
  readonly data: string
  readonly seed: number
  readonly threads: Option.Option<number>
  /** The `initial` folder of a run. */
  readonly initial: Option.Option<string>
}

/** What of the setup is about the model, and its files as they are in a release. */
export const make = Effect.fnUntraced(function* (named: Named, options: Options) {
  const { data, threads, seed } = options
  if (Option.isSome(options.initial) && !Initial.isIn(options.initial.value)) {
    return yield* new CliError({
      message: `There is no model in ${options.initial.value}; name the initial folder of a run with --initial, or leave it out.`
    })
  }
  const how = { data, threads, rounds: "warm", clock: "measured", device: Option.none() } as const
  const world = yield* Settings.furnish(named, how)
  const stream = world.stream(seed)
  const feed = yield* Effect.fromResult(Feed.make(stream, named.experiment, seed))
  const home = Option.getOrElse(options.initial, () => join(Cache.folder(), `initial-${key(world, seed)}`))
  const scratch = yield* Effect.acquireRelease(Cache.scratch(Cache.folder()), (path) =>
    Effect.sync(() => Cache.remove(path))
  )
  const asked = yield* Initial.options(world, feed, scratch)
  const learner = yield* TfjsLearner.make(asked)
  Progress.tell(`the model as it is deployed is ${Initial.isIn(home) ? "taken from" : "trained into"} ${home}`)
  yield* Initial.adopt(learner, world, feed, home, scratch)
  const setup = { model: { ...asked.model }, classes: stream.classes, shape: [...stream.shape], seed }
  return { setup: { ...setup, checkpoint: yield* checkpoint(home) }, files: yield* weights(home) }
}, Effect.scoped)

const key = ({ experiment, threads }: World, seed: number): string =>
  createHash("sha256")
    .update(JSON.stringify([experiment, threads, seed]))
    .digest("hex")
    .slice(0, 16)

const checkpoint = (home: string) =>
  read(home, () => String(JSON.parse(readFileSync(join(home, "initial.json"), "utf8")).name))

const weights = (home: string) =>
  read(home, () =>
    readdirSync(home)
      .filter((name) => name.endsWith(".safetensors"))
      .map((name) => [`${Release.initial}/${name}`, readFileSync(join(home, name))] as const)
  )

const read = <A>(home: string, action: () => A): Effect.Effect<A, CliError> =>
  Effect.try({
    try: action,
    catch: (error) =>
      new CliError({
        message: `Cannot read the model in ${home}: ${Files.reason(error)}; name the initial folder of a run with --initial.`
      })
  })
