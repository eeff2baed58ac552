import * as Board from "@edgeol/cli/deploy/Flags"
import { Effect, Exit } from "effect"
import { expect, test } from "vitest"

test("a release is given at least a second to answer in", () => {
  const given = (seconds: string) =>
    Effect.runSyncExit(Board.seconds.parse({ flags: { seconds: [seconds] }, arguments: [] }) as Effect.Effect<unknown>)
  expect(["1", "90"].map(given).every(Exit.isSuccess)).toBe(true)
  expect(["0", "-1"].map(given).every(Exit.isFailure)).toBe(true)
})
