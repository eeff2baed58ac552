import * as Journal from "@edgeol/core/Journal"
import * as EdgeOL from "@edgeol/core/policies/EdgeOL"
import { anyScenario, laws, World } from "@edgeol/test"
import { check } from "@edgeol/test/laws/Journal"
import { Effect, Layer, Option, Schema } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

/** A journal that keeps its tape up to the last snapshot, in this process. */
const open = Effect.sync(() => {
  let kept = { tape: new Array<Journal.Entry>(), snapshot: Option.none<Journal.Snapshot>() }
  const layer = Layer.effect(
    Journal.Journal,
    Effect.sync(() => {
      const tape = [...kept.tape]
      return {
        append: (entry) => Effect.sync(() => void tape.push(entry)),
        snapshot: (state) => Effect.sync(() => void (kept = { tape: [...tape], snapshot: Option.some(state) })),
        resume: Effect.succeed(kept.snapshot)
      }
    })
  )
  return { layer, tape: Effect.sync(() => kept.tape) }
})

laws.journal("of a process", open)

test("the law catches a journal that forgets", async () => {
  const { tape, snapshots } = World.run(EdgeOL.make(), fc.sample(anyScenario(), { numRuns: 1, seed: 3 })[0]!)
  const part = { entries: tape, snapshot: snapshots.at(-1)!.state }
  const forgetful = { layer: Journal.memory([], Option.none()), tape: Effect.succeed([]) }
  expect(await Effect.runPromise(check(forgetful, part, [], part) as Effect.Effect<unknown>)).toBe(
    "The journal gives another snapshot back."
  )
})

test("memory keeps what was appended, in order, and goes on from where it is told", async () => {
  const tape: Array<Journal.Entry> = []
  const run = World.run(EdgeOL.make(), fc.sample(anyScenario(), { numRuns: 1, seed: 3 })[0]!)
  const from = Option.some(run.snapshots[0]!.state)
  const written = Effect.gen(function* () {
    const journal = yield* Journal.Journal
    for (const entry of run.tape) yield* journal.append(entry)
    return yield* journal.resume
  })
  expect(await Effect.runPromise(Effect.provide(written, Journal.memory(tape, from)))).toEqual(from)
  expect(tape).toEqual(run.tape)
})

test("entries and snapshots survive their schemas through JSON, NaN included", () => {
  const [entry, snapshot] = [Schema.toCodecJson(Journal.Entry), Schema.toCodecJson(Journal.Snapshot)]
  let broken = 0
  const survives = fc.property(anyScenario(), (scenario) => {
    const { tape, snapshots } = World.run(EdgeOL.make({ freeze: { every: 2 } }), { ...scenario, nanEvery: 5 })
    const lines = tape.map((line) => JSON.stringify(Schema.encodeSync(entry)(line)))
    expect(lines.map((line) => Schema.decodeUnknownSync(entry)(JSON.parse(line)))).toEqual(tape)
    broken += lines.filter((line) => line.includes('"NaN"')).length
    for (const { state } of snapshots) {
      const text = JSON.stringify(Schema.encodeSync(snapshot)(state))
      expect(Schema.decodeUnknownSync(snapshot)(JSON.parse(text))).toEqual(state)
    }
  })
  fc.assert(survives, { numRuns: 20 })
  expect(broken).toBeGreaterThan(0)
})

test("a snapshot of before there were recipes is one without", () => {
  const codec = Schema.toCodecJson(Journal.Snapshot)
  const { snapshots } = World.run(EdgeOL.make(), fc.sample(anyScenario(), { numRuns: 1, seed: 3 })[0]!)
  const { recipe: _, ...old } = Schema.encodeSync(codec)(snapshots.at(-1)!.state) as { readonly recipe: unknown }
  expect(Schema.decodeUnknownSync(codec)(old)).toEqual({ ...snapshots.at(-1)!.state, recipe: {} })
})
