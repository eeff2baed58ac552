/** `kill -9` and power cuts at any moment. EDGEOL_KILLS says how many there are; 10 without it. */
import { expect, test } from "vitest"
import * as Cuts from "./Cuts.ts"
import * as Kills from "./Kills.ts"

const kills = Number(process.env.EDGEOL_KILLS ?? 10)

test(`an agent that is killed ${kills} times goes on as if nothing had happened`, async () => {
  const outcome = await Kills.run(1, kills)
  expect(outcome.acknowledged).toBeGreaterThan(kills / 2)
  expect(outcome.batches).toBeGreaterThan(kills / 4)
  // When a kill by time comes depends on the computer; Kills.ts counts the phases of a long run.
  expect(Object.keys(outcome.moments).length).toBeGreaterThan(1)
}, 600_000)

test("tape and inbox are in the end what they are where nobody is killed", async () => {
  const outcome = await Cuts.run(1, 8)
  expect(outcome.kills).toBeGreaterThan(8)
  expect(outcome.powerCuts).toBeGreaterThan(3)
}, 600_000)
