/**
 * One release after another in one process: TensorFlow, which takes most of a start, stays loaded. On SIGHUP (`systemctl
 * reload`) the release that is current then is opened while the one before it answers on; it takes over once that one
 * has ended as it does on SIGTERM. A release with other code or another runtime needs another process: this one ends.
 */
import type { Manifest } from "@edgeol/deploy/Manifest"
import * as Successor from "@edgeol/deploy/Successor"
import { Effect, Fiber, Queue } from "effect"
import type { Log } from "./Log.ts"

/** Requests to look for another release, those from before anybody listens included. */
export type Calls = Queue.Dequeue<void>

/** From now on SIGHUP does not end the process. */
export const calls = Effect.gen(function* () {
  const heard = yield* Queue.sliding<void>(1)
  const hear = () => void Queue.offerUnsafe(heard, undefined)
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on("SIGHUP", hear)),
    () => Effect.sync(() => process.off("SIGHUP", hear))
  )
  return heard
})

interface Opened {
  readonly manifest: Manifest
}

export interface Options<A extends Opened, E> {
  readonly calls: Calls
  readonly first: A
  /** Opens what is current. */
  readonly next: Effect.Effect<A, { readonly message: string }>
  readonly serve: (release: A) => Effect.Effect<void, E>
  readonly log: Log
  /** Releases that one process serves at most; 100. */
  readonly most?: number
}

/** 0.3 MB stay behind with each, of the 440 MB that an agent has on x64. */
const most = 100

/** Ends with the release that runs, or where the next one needs another process. */
export const run = Effect.fnUntraced(function* <A extends Opened, E>(options: Options<A, E>) {
  let running: A | undefined = options.first
  for (let served = 1; running !== undefined; served++) {
    running = yield* one(options, running, served < (options.most ?? most))
  }
})

/** Gives the release that takes over, once this one has ended. */
const one = Effect.fnUntraced(function* <A extends Opened, E>(options: Options<A, E>, running: A, mayGoOn: boolean) {
  const fiber = yield* Effect.forkScoped(options.serve(running))
  return yield* Effect.raceFirst(Effect.as(Fiber.join(fiber), undefined), successor(options, running, mayGoOn))
}, Effect.scoped)

const successor = <A extends Opened, E>(
  options: Options<A, E>,
  running: A,
  mayGoOn: boolean
): Effect.Effect<A | undefined> => {
  const { calls, next, log } = options
  const { release } = running.manifest
  return Effect.flatMap(Queue.take(calls), () =>
    Effect.matchEffect(next, {
      onFailure: ({ message }) => {
        log(`Release ${release} runs on: ${message}`)
        return successor(options, running, mayGoOn)
      },
      onSuccess: (opened) => {
        const fits = mayGoOn && Successor.fits(opened.manifest, running.manifest)
        log(`Release ${opened.manifest.release} ${fits ? "takes over from" : "needs another process than"} ${release}.`)
        return Effect.succeed(fits ? opened : undefined)
      }
    })
  )
}
