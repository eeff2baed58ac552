import { activities } from "@edgeol/core/Ledger"
import * as Policies from "@edgeol/core/Policies"
import * as Equipment from "@edgeol/sim/Equipment"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as ScenarioFile from "@edgeol/streams/ScenarioFile"
import { Effect } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

const backward = activities.indexOf("backward")
const idle = activities.indexOf("idle")

test("a device without a word about it is the usual one, and needs no state", () => {
  expect(Equipment.kinds({})).toEqual([{ name: "orin-nano@15W", count: 1, speed: 1 }])
  expect([Equipment.nameOf({}), Equipment.count({})]).toEqual(["orin-nano@15W", 1])
  expect(Equipment.hasState({}, Equipment.kinds({})[0]!)).toBe(false)
  expect(Equipment.problem({})).toBeUndefined()
})

test("another device takes the place of a scenario's, with all else it has", () => {
  const scenario = {
    devices: [
      { name: "orin-nano@15W", count: 2 },
      { name: "orin-nano@7W", budget: 5 }
    ]
  }
  expect(Equipment.count(scenario)).toBe(3)
  expect(Equipment.kinds(scenario).map(({ name }) => name)).toEqual(["orin-nano@15W", "orin-nano@7W"])
  expect(Equipment.kinds(scenario, Equipment.nameOf(scenario))).toEqual(Equipment.kinds(scenario))
  expect(Equipment.kinds(scenario, "orin-nano@7W")).toEqual([
    { name: "orin-nano@7W", count: 2, speed: 1 },
    { name: "orin-nano@7W", count: 1, speed: 1, budget: 5 }
  ])
})

test.each([
  [{ device: { name: "toaster" } }, "device.name", /^There is no device "toaster"; there are .*orin-nano/],
  [
    { device: { name: "orin-nano@15W", modes: [{ at: 5, mode: "900W" }] } },
    "device.modes.0.mode",
    /^orin-nano has no power mode "900W"; there are .*7W/
  ],
  [{ devices: [{ name: "orin-nano" }, { name: "orin-nano@1W" }] }, "devices.1.name", /no power mode "1W"/]
])("%j is refused by its field", (scenario, field, why) => {
  expect(Equipment.problem(scenario)).toEqual({ field, why: expect.stringMatching(why) })
})

test("from its time on a mode draws its watts and takes its time", () => {
  const scenario = { device: { name: "orin-nano@15W", modes: [{ at: 100, mode: "7W" }] } }
  const state = Equipment.state(scenario, Equipment.kinds(scenario)[0]!, 1)
  const [first, second] = [PowerModel.load("orin-nano@15W").watts, PowerModel.load("orin-nano@7W").watts]
  const seconds = new Float64Array(activities.length)
  const idleTo = (at: number) => {
    seconds[idle] = at
    return state.energy(seconds, at)
  }
  expect(state.pace(backward, 1, 0)).toBe(1)
  expect(idleTo(100)).toBeCloseTo(100 * first.idle, 9)
  expect(state.pace(backward, 1, 100)).toBe(PowerModel.slowness("orin-nano@7W", "orin-nano@15W"))
  expect(state.pace(backward, 1, 100)).toBeGreaterThan(1.2)
  expect(idleTo(200)).toBeCloseTo(100 * first.idle + 100 * second.idle, 9)
  expect(second.idle).toBeLessThan(first.idle)
})

test("a mode is as much slower than another as that one is faster", () => {
  const anyMode = fc.constantFrom("orin-nano@15W", "orin-nano@7W", "orin-nano")
  const law = fc.property(anyMode, anyMode, (one, other) => {
    const product = PowerModel.slowness(one, other) * PowerModel.slowness(other, one)
    expect(Math.abs(product - 1)).toBeLessThan(1e-12)
  })
  fc.assert(law)
})

test("a device twice as fast takes half the time", () => {
  const kind = { name: "orin-nano@15W", count: 1, speed: 2, modes: [{ at: 5, mode: "7W" }] }
  const state = Equipment.state({}, kind, 1)
  expect(Equipment.hasState({}, kind)).toBe(true)
  expect(state.pace(backward, 1, 0)).toBe(0.5)
  expect(state.pace(backward, 1, 5)).toBe(PowerModel.slowness("orin-nano@7W", "orin-nano@15W") / 2)
})

test("a budget guards, a robot has all of it", async () => {
  const { scenario } = await Effect.runPromise(ScenarioFile.load("robot"))
  const [kind] = Equipment.kinds(scenario)
  expect(Equipment.hasState(scenario, kind!)).toBe(true)
  expect(Equipment.problem(scenario)).toBeUndefined()
  const policy = Policies.parse("immediate")
  expect(Equipment.within(policy, kind!).config).toMatchObject({ energyBudget: { capacity: 40 * 3600 } })
  expect(Equipment.within(policy, { name: "orin-nano", count: 1, speed: 1 })).toBe(policy)
})
