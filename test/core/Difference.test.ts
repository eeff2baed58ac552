import * as Decision from "@edgeol/core/Decision"
import * as Difference from "@edgeol/core/Difference"
import * as Policies from "@edgeol/core/Policies"
import { seconds } from "@edgeol/core/Units"
import fc from "fast-check"
import { expect, test } from "vitest"

const anyLine: fc.Arbitrary<Difference.Line> = fc
  .tuple(fc.nat({ max: 1 }), fc.nat({ max: 1 }), fc.boolean())
  .map(([at, batch, trains]) => ({
    observation: { _tag: "BatchArrived", at: seconds(at), batch, samples: 1 },
    decision: trains ? Decision.train : Decision.wait
  }))

test("is undefined of equal tapes, else the first line that is not equal", () => {
  const kinds = new Set<string>()
  const law = fc.property(fc.array(anyLine, { minLength: 1 }), fc.nat({ max: 9 }), anyLine, (tape, at, line) => {
    expect(Difference.first(tape, structuredClone(tape))).toBeUndefined()
    const changed = tape.with(at % tape.length, line)
    const difference = Difference.first(tape, changed)
    const expected = tape.findIndex((one, i) => JSON.stringify(one) !== JSON.stringify(changed[i]))
    expect(difference?.line ?? -1).toBe(expected)
    if (difference !== undefined) kinds.add(difference.what)
    expect(Difference.first(tape, [...tape, line])).toEqual({
      line: tape.length,
      what: "end",
      one: undefined,
      other: line
    })
  })
  fc.assert(law)
  expect([...kinds].toSorted()).toEqual(["decision", "observation"])
})

test("a replay finds where a tape was not decided by a policy", () => {
  const at = (second: number) => ({ _tag: "BatchArrived", at: seconds(second), batch: second, samples: 1 }) as const
  const tape = [0, 1, 2].map((second) => ({ observation: at(second), decision: Decision.train }))
  expect(Difference.replayed(tape, Policies.parse("immediate"))).toBeUndefined()
  const difference = Difference.replayed(tape, Policies.parse("never"))!
  expect(difference).toMatchObject({ line: 0, what: "decision" })
  expect(Difference.sentence(difference)).toBe(
    'Line 0, BatchArrived at 0 s: the decision is {"_tag":"Train"} in one and {"_tag":"Wait"} in the other ' +
      'after {"_tag":"BatchArrived","at":0,"batch":0,"samples":1}.'
  )
})
