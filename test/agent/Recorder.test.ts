import { readFileSync } from "node:fs"
import * as Recorder from "@edgeol/agent/Recorder"
import { Entry } from "@edgeol/core/Journal"
import { anyScenario, anySpecification, build, World } from "@edgeol/test"
import { Effect, Schema } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"
import * as Toy from "./Toy.ts"

test("a line's text is the one that its codec has, of numbers that are none too", () => {
  const encode = Schema.encodeSync(Schema.toCodecJson(Entry))
  let odd = 0
  const same = fc.property(anySpecification(), anyScenario(), (specification, scenario) => {
    for (const entry of World.run(build(specification), scenario).tape) {
      const text = Recorder.text(entry)
      expect(JSON.parse(text)).toEqual(encode(entry))
      if (text.includes('"NaN"')) odd += 1
    }
  })
  fc.assert(same, { numRuns: 50 })
  expect(odd).toBeGreaterThan(10)
})

test("a line is written at once, unless it is a step's; and all are when the journal is closed", async () => {
  let waited = 0
  const holds = fc.asyncProperty(anySpecification(), anyScenario(), async (specification, scenario) => {
    const policy = build(specification)
    const { tape } = World.run(policy, scenario)
    const folder = Toy.folder()
    const ignore = () => {}
    const written = () => readFileSync(Recorder.pathOf(folder, 1), "utf8").split("\n").length - 2
    const run = Effect.gen(function* () {
      const options = { folder, header: {}, policy, state: () => policy.initial, onEntry: ignore, onSnapshot: ignore }
      const { journal } = yield* Recorder.open(options)
      for (const [i, entry] of tape.entries()) {
        yield* journal.append(entry)
        const rest = tape.slice(written(), i + 1)
        expect(rest.filter(({ observation }) => observation._tag !== "StepFinished")).toEqual([])
        if (entry.observation._tag !== "StepFinished") expect(rest).toEqual([])
        waited = Math.max(waited, rest.length)
      }
    })
    await Effect.runPromise(Effect.scoped(run))
    expect(written()).toBe(tape.length)
    Toy.remove(folder)
  })
  await fc.assert(holds, { numRuns: 30 })
  expect(waited).toBeGreaterThan(2)
})
