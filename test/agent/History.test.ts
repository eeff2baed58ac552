import * as History from "@edgeol/agent/History"
import { expect, test } from "vitest"

test("tells how long ago each event was, and forgets the oldest of many", () => {
  let now = 5000
  const history = History.make(2, () => now)
  for (let round = 1; round <= 20; round++) {
    history.happened("round", { round })
    now += 1000
  }
  const { events } = history.told()
  expect(events).toHaveLength(12)
  expect(events[0]).toEqual([12, "round", { round: 9 }])
  expect(events.at(-1)).toEqual([1, "round", { round: 20 }])
})

test("keeps five minutes of watts, those that are not known too", () => {
  const history = History.make(2)
  for (let i = 0; i < 200; i++) history.read(i === 199 ? null : i)
  const { watts, every } = history.told()
  expect(watts.length * every).toBe(300)
  expect(watts[0]).toBe(50)
  expect(watts.slice(-2)).toEqual([198, null])
})
