import type { Entry } from "@edgeol/core/Journal"
import * as TapeTimeline from "@edgeol/sim/replay/TapeTimeline"
import * as Simulate from "@edgeol/sim/Simulate"
import { anySimWorld, anySpecification, build } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

test("a run on the arrivals of its own tape is the same run", () => {
  let late = 0
  const same = fc.property(anySpecification(), anySimWorld({ arrivals: 40 }), (specification, world) => {
    const policy = build(specification)
    const tape: Array<Entry> = []
    const first = Simulate.run(policy, world(), (entry) => void tape.push(entry))
    const all = TapeTimeline.arrivals(tape, TapeTimeline.plan(world().timeline))
    const again = Simulate.run(policy, { ...world(), timeline: TapeTimeline.timeline(all) })
    late += tape.filter(({ observation }) => observation._tag === "StepFinished").length
    expect(again.fingerprint).toBe(first.fingerprint)
    expect(again.summary).toEqual(first.summary)
  })
  fc.assert(same, { numRuns: 60 })
  expect(late).toBeGreaterThan(50)
})

test("a batch that was taken late is not later than the request after it", () => {
  const at = (observation: object) =>
    ({ observation }) as Parameters<typeof TapeTimeline.arrivals>[0] extends Iterable<infer A> ? A : never
  const all = TapeTimeline.arrivals([
    at({ _tag: "BatchArrived", at: 3, batch: 0, samples: 8 }),
    at({ _tag: "RequestServed", at: 3.1, arrivedAt: 2.5, request: 0 })
  ])
  expect(all.map(({ at: time }) => time)).toEqual([2.5, 2.5])
})
