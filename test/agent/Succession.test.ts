/** One release after another in a process, with releases that only say when they begin and end. */
import * as Succession from "@edgeol/agent/Succession"
import * as Manifest from "@edgeol/deploy/Manifest"
import { Effect, Exit, Fiber, Queue } from "effect"
import { expect, test } from "vitest"
import * as Releases from "../deploy/releases.ts"

const by = Releases.signer()
const opened = (release: number, code = "same") => ({
  manifest: Manifest.of(Releases.texts(by, { "agent.js": code }), Releases.facts(release))
})
type Opened = ReturnType<typeof opened>

/** What happens when releases, or sentences that refuse one, come one after another. */
const told = async (
  coming: ReadonlyArray<Opened | string>,
  serve: (release: Opened, said: Array<string>) => Effect.Effect<void, string> = lasting,
  most = 100
) => {
  const said: Array<string> = []
  const next = [...coming]
  const program = Effect.gen(function* () {
    const calls = yield* Queue.sliding<void>(1)
    const fiber = yield* Effect.forkScoped(
      Succession.run({
        calls,
        first: opened(1),
        next: Effect.suspend(() => {
          const one = next.shift()!
          said.push(typeof one === "string" ? "refused" : `opened ${one.manifest.release}`)
          return typeof one === "string" ? Effect.fail({ message: one }) : Effect.succeed(one)
        }),
        serve: (release) => serve(release, said),
        log: (line) => said.push(line),
        most
      })
    )
    for (const length of coming.keys()) {
      yield* Effect.sleep("50 millis")
      Queue.offerUnsafe(calls, undefined)
      while (next.length === coming.length - length && fiber.pollUnsafe() === undefined) yield* Effect.sleep("5 millis")
    }
    yield* Effect.sleep("50 millis")
    return fiber.pollUnsafe() === undefined ? "runs" : yield* Fiber.await(fiber)
  })
  const end = await Effect.runPromise(Effect.scoped(program))
  return { said, end }
}

/** Takes a while to end. */
const lasting = ({ manifest: { release } }: Opened, said: Array<string>): Effect.Effect<void, string> =>
  Effect.suspend((): Effect.Effect<void> => {
    said.push(`${release} runs`)
    return Effect.never
  }).pipe(
    Effect.ensuring(
      Effect.andThen(
        Effect.sleep("5 millis"),
        Effect.sync(() => said.push(`${release} ended`))
      )
    )
  )

test("the next one is opened while the one before it runs, and runs once that has ended", async () => {
  const { said } = await told([opened(2), opened(3)])
  expect(said).toEqual([
    "1 runs",
    "opened 2",
    "Release 2 takes over from 1.",
    "1 ended",
    "2 runs",
    "opened 3",
    "Release 3 takes over from 2.",
    "2 ended",
    "3 runs",
    "3 ended"
  ])
})

test("one that is refused leaves the one before it alone", async () => {
  const { said, end } = await told(["The manifest is not what was signed.", opened(2)])
  expect(said.slice(0, 4)).toEqual([
    "1 runs",
    "refused",
    "Release 1 runs on: The manifest is not what was signed.",
    "opened 2"
  ])
  expect(end).toBe("runs")
})

test("one with other code ends the process", async () => {
  const { said, end } = await told([opened(2, "other")])
  expect(said).toEqual(["1 runs", "opened 2", "Release 2 needs another process than 1.", "1 ended"])
  expect(end).toEqual(Exit.succeed(undefined))
})

test("a process serves so many releases and no more", async () => {
  const { said, end } = await told([opened(2), opened(3), opened(4)], lasting, 3)
  expect(said.slice(-3)).toEqual(["opened 4", "Release 4 needs another process than 3.", "3 ended"])
  expect(end).toEqual(Exit.succeed(undefined))
})

test("one that fails, at once or later, fails the process", async () => {
  const failing: typeof lasting = (release, said) =>
    release.manifest.release === 2 ? Effect.fail("no") : lasting(release, said)
  const { end } = await told([opened(2), opened(3)], failing)
  expect(end).toEqual(Exit.fail("no"))
})

test("a hang-up is heard", async () => {
  const heard = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const calls = yield* Succession.calls
        process.kill(process.pid, "SIGHUP")
        process.kill(process.pid, "SIGHUP")
        yield* Queue.take(calls)
        return true
      })
    )
  )
  expect(heard).toBe(true)
})
