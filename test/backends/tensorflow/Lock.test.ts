import { execFileSync } from "node:child_process"
import { readdirSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import * as Lock from "@edgeol/backends/tensorflow/Lock"
import { Effect, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import * as Fixture from "./Fixture.ts"

const lock = (folder: string) => join(folder, "setup.lock")
const enter = (folder: string) => Effect.runPromise(Lock.hold(folder, Effect.succeed("in")))

describe("Lock", () => {
  it("lets one in at a time, and leaves nothing behind", () =>
    Fixture.folder(async (path) => {
      let inside = 0
      let most = 0
      const visit = Effect.gen(function* () {
        most = Math.max(most, ++inside)
        yield* Effect.sleep("20 millis")
        inside--
      })
      await Effect.runPromise(
        Effect.all(
          Array.from({ length: 4 }, () => Lock.hold(path, visit)),
          { concurrency: "unbounded" }
        )
      )
      expect(most).toBe(1)
      expect(readdirSync(path)).toEqual([])
    }))

  it("is released when its holder fails", () =>
    Fixture.folder(async (path) => {
      await Effect.runPromise(Effect.flip(Lock.hold(path, Effect.fail("out"))))
      expect(readdirSync(path)).toEqual([])
    }))

  it("is taken from a process that has ended", () =>
    Fixture.folder(async (path) => {
      const pid = Number(execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }))
      writeFileSync(lock(path), JSON.stringify({ host: hostname(), pid }))
      expect(await enter(path)).toBe("in")
    }))

  it("is taken from another machine only after it has been silent for long", () =>
    Fixture.folder(async (path) => {
      writeFileSync(lock(path), JSON.stringify({ host: "elsewhere", pid: 1 }))
      const waiting = Effect.runFork(Lock.hold(path, Effect.succeed("in")))
      await Effect.runPromise(Effect.sleep("500 millis"))
      expect(waiting.pollUnsafe()).toBeUndefined()
      utimesSync(lock(path), new Date(0), new Date(0))
      expect(await Effect.runPromise(Fiber.join(waiting))).toBe("in")
    }))

  it("can be given up while waiting", () =>
    Fixture.folder(async (path) => {
      writeFileSync(lock(path), JSON.stringify({ host: "elsewhere", pid: 1 }))
      const waiting = Effect.runFork(Lock.hold(path, Effect.succeed("in")))
      await Effect.runPromise(Effect.andThen(Effect.sleep("300 millis"), Fiber.interrupt(waiting)))
      expect(readdirSync(path)).toEqual(["setup.lock"])
    }))
})
