/**
 * One set-up at a time per cache. The lock saves work and is not what keeps the cache whole: every result is put in
 * place by one rename, so two holders (after a suspended process was taken for dead) do no harm.
 */
import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { Effect, Schedule } from "effect"
import * as Cache from "./Cache.ts"
import * as Progress from "./Progress.ts"
import type { TensorflowError } from "./TensorflowError.ts"

/** Seconds between signs of life, and after how many without one a holder counts as dead. */
const beat = 2
const dead = 20

/** Runs `use` while no other process changes `cache`, cleared of what killed ones left in it. */
export const hold = <A, E>(cache: string, use: Effect.Effect<A, E>): Effect.Effect<A, E | TensorflowError> => {
  const make = Cache.write(cache, () => mkdirSync(cache, { recursive: true }))
  const swept = Effect.andThen(
    Effect.sync(() => Cache.sweep(cache)),
    use
  )
  return Effect.andThen(
    make,
    Effect.acquireUseRelease(acquire(join(cache, "setup.lock")), () => swept, release)
  )
}

interface Held {
  readonly path: string
  readonly token: string
  readonly heart: NodeJS.Timeout
}

const acquire = (path: string): Effect.Effect<Held, TensorflowError> => {
  const token = JSON.stringify({ host: hostname(), pid: process.pid, nonce: randomBytes(8).toString("hex") })
  const attempt = Cache.write(path, () => take(path, token))
  const retry = Effect.repeat(attempt, { until: (taken) => taken, schedule: Schedule.spaced("200 millis") })
  const wait = Effect.andThen(tellWaiting, Effect.interruptible(retry))
  return attempt.pipe(
    Effect.flatMap((taken) => (taken ? Effect.void : wait)),
    Effect.map(() => ({ path, token, heart: setInterval(() => sign(path), beat * 1000).unref() }))
  )
}

const tellWaiting = Effect.sync(() => Progress.tell("another process is setting TensorFlow up; waiting for it"))

/** Creates the lock file; when that fails, clears a dead holder's away for the next attempt. */
const take = (path: string, token: string): boolean => {
  try {
    writeFileSync(path, token, { flag: "wx" })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
    if (abandoned(path)) rmSync(path, { force: true })
    return false
  }
}

const abandoned = (path: string): boolean => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return false
  return Date.now() - stat.mtimeMs > dead * 1000 || gone(holder(path))
}

/** True only for a holder on this machine whose process has ended. */
const gone = (by: { readonly host?: string; readonly pid?: number }): boolean => {
  if (by.host !== hostname() || by.pid === undefined) return false
  try {
    process.kill(by.pid, 0)
    return false
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ESRCH"
  }
}

/** Empty when the file has gone or its writer has not finished writing. */
const holder = (path: string): { readonly host?: string; readonly pid?: number } => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return {}
  }
}

const sign = (path: string): void => {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // Taken from us after a long sleep.
  }
}

const release = ({ path, token, heart }: Held): Effect.Effect<void> =>
  Effect.sync(() => {
    clearInterval(heart)
    try {
      if (readFileSync(path, "utf8") === token) rmSync(path, { force: true })
    } catch {
      // Taken from us after a long sleep.
    }
  })
