import * as Folded from "@edgeol/agent/Folded"
import fc from "fast-check"
import { expect, test } from "vitest"

test("is the fold, whenever it is looked at, and from what it was last set to", () => {
  const counts = { looked: 0, set: 0, full: 0 }
  const action = fc.oneof(
    { weight: 8, arbitrary: fc.nat(9) },
    fc.constant("look" as const),
    fc.record({ set: fc.nat(9) })
  )
  const holds = fc.property(fc.array(action, { size: "large" }), fc.integer({ min: 1, max: 8 }), (actions, most) => {
    const folded = Folded.make((text: string, digit: number) => text + digit, "", most)
    let expected = ""
    let since = 0
    for (const action of actions) {
      since = typeof action === "number" ? since + 1 : 0
      if (typeof action === "number") {
        folded.add(action)
        expected += action
      } else if (action === "look") {
        expect(folded.value()).toBe(expected)
        counts.looked += 1
      } else {
        folded.set((expected = `${action.set}`))
        counts.set += 1
      }
      if (since > most) counts.full += 1
    }
    expect(folded.value()).toBe(expected)
  })
  fc.assert(holds)
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20)
})
