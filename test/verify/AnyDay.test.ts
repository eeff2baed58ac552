import { readFileSync } from "node:fs"
import * as Device from "@edgeol/sim/Device"
import * as Scenario from "@edgeol/sim/Scenario"
import * as AnyDay from "@edgeol/verify/AnyDay"
import * as Kept from "@edgeol/verify/Kept"
import { Result } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

const days = AnyDay.anyDay({
  stream: "patterns/nic@1",
  scenes: 4,
  device: "orin-nano@15W",
  modes: Object.keys(Device.load("orin-nano@15W").board.modes)
})

test("each drawn day is a scenario that a file can hold, and some are long, hot, or full of bursts", () => {
  let [long, hot, bursts, modes, gradual] = [0, 0, 0, 0, 0]
  const holds = fc.property(days, ({ scenario }) => {
    expect(Result.getOrThrow(Scenario.parse(JSON.stringify(scenario), "drawn"))).toEqual(scenario)
    long += Scenario.seconds(scenario) > 3 * 3600 ? 1 : 0
    hot += scenario.device?.thermal === undefined ? 0 : 1
    modes += scenario.device?.modes === undefined ? 0 : 1
    bursts += scenario.requests?.process?.kind === "bursts" ? 1 : 0
    gradual += scenario.schedule.some(({ drift }) => drift?.kind === "gradual") ? 1 : 0
  })
  fc.assert(holds, { numRuns: 500 })
  for (const count of [long, hot, bursts, modes, gradual]) expect(count).toBeGreaterThan(25)
})

test("each kept scenario can be read", () => {
  expect(Kept.names().length).toBeGreaterThan(3)
  for (const name of Kept.names()) {
    const file = Kept.file(name)!
    expect(Result.getOrThrow(Scenario.parse(readFileSync(file, "utf8"), file)).name).toBe(name)
  }
  expect(Kept.file("../package")).toBeUndefined()
})
