import * as Run from "@edgeol/backends/tensorflow/Run"
import { Effect, Fiber } from "effect"
import { describe, expect, it } from "vitest"

const sh = (script: string) => Effect.runPromise(Run.run("sh", ["-c", script]))

describe("Run", () => {
  it("keeps status, output and errors", async () =>
    expect(await sh("echo out; echo err >&2; exit 3")).toEqual({
      found: true,
      status: 3,
      signal: null,
      out: "out\n",
      err: "err\n"
    }))

  it("knows a missing command", async () => {
    const result = await Effect.runPromise(Run.run("no-such-command", []))
    expect(result.found).toBe(false)
  })

  it("kills the command when it is interrupted", async () => {
    const before = performance.now()
    const fiber = Effect.runFork(Run.run("sleep", ["60"]))
    await Effect.runPromise(Effect.andThen(Effect.sleep("100 millis"), Fiber.interrupt(fiber)))
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  it.each([
    ["echo 'a.cc:1:2: fatal error: no b.h' >&2; echo 'a.cc:9:9: error: c' >&2; false", "a.cc:1:2: fatal error: no b.h"],
    ["echo 'WARNING: old' >&2; echo 'ERROR: none found' >&2; false", "none found"],
    ["echo 'throw new Error(x)' >&2; echo 'Error: lib.so missing' >&2; false", "lib.so missing"],
    ["echo one >&2; echo two >&2; false", "two"],
    ["exit 3", "exit status 3"],
    ["kill -9 $$", "ended by SIGKILL"]
  ])("complains of %j with %j", async (script, said) => expect(Run.complaint(await sh(script))).toBe(said))
})
