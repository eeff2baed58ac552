import * as Recorder from "@edgeol/agent/Recorder"
import { Entry } from "@edgeol/core/Journal"
import { anyScenario, anySpecification, build, World } from "@edgeol/test"
import { Schema } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

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
