import { expect, test } from "vitest"
import * as Flips from "./Flips.ts"

test("a changed byte of a tape, a snapshot, an inbox or a model is refused or repaired, never obeyed", async () => {
  const outcomes = await Flips.tried(1, 61)
  expect(outcomes.length).toBeGreaterThan(7)
  for (const { name, flips, refused, repaired } of outcomes) {
    expect([name, refused + repaired]).toEqual([name, flips])
    if (/snapshot|inbox|model/.test(name)) expect([name, repaired]).toEqual([name, 0])
  }
  expect(outcomes.find(({ name }) => name === "agent's tape")!.repaired).toBeGreaterThan(5)
})
