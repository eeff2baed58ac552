import { activities } from "@edgeol/core/Ledger"
import * as DeviceState from "@edgeol/sim/DeviceState"
import fc from "fast-check"
import { expect, test } from "vitest"

const watts = (value: number) =>
  Object.fromEntries(activities.map((name) => [name, value])) as DeviceState.Mode["watts"]
const mode = (at: number, slowness: number, value: number): DeviceState.Mode => ({ at, slowness, watts: watts(value) })
const idle = activities.indexOf("idle")
const inference = activities.indexOf("inference")

/** Idles to a time. */
const idleTo = (device: DeviceState.DeviceState, at: number) => {
  const seconds = new Float64Array(activities.length)
  seconds[idle] = at
  return device.energy(seconds, at)
}

test("draws the watts of its mode for as long as it lasts", () => {
  const device = DeviceState.make({ modes: [mode(0, 1, 10), mode(5, 2, 4)] })
  expect(idleTo(device, 5)).toBe(50)
  expect(device.pace(inference, 0.5, 5)).toBe(1)
  expect(idleTo(device, 10)).toBe(70)
})

test("settles at ambient plus power times resistance, never beyond", () => {
  const anyThermal = fc.record({
    resistance: fc.integer({ min: 1, max: 9 }),
    capacity: fc.integer({ min: 1, max: 90 })
  })
  const settles = fc.property(anyThermal, fc.integer({ min: 1, max: 30 }), ({ resistance, capacity }, power) => {
    const thermal = { resistance, capacity, ambient: 20, throttleAt: 1e6, factor: 1 }
    const device = DeviceState.make({ modes: [mode(0, 1, power)], thermal })
    let before = 20
    for (let at = 1; at <= 40 * resistance * capacity; at += Math.max(1, capacity / 4)) {
      idleTo(device, at)
      expect(device.temperature()).toBeGreaterThanOrEqual(before - 1e-9)
      expect(device.temperature()).toBeLessThanOrEqual(20 + power * resistance + 1e-9)
      before = device.temperature()
    }
    expect(before).toBeCloseTo(20 + power * resistance, 3)
  })
  fc.assert(settles, { numRuns: 30 })
})

test("slows down when it is hot, and recovers", () => {
  const thermal = { resistance: 2, capacity: 5, ambient: 20, throttleAt: 30, factor: 0.5 }
  const device = DeviceState.make({ modes: [mode(0, 1, 10), mode(100, 1, 1)], thermal })
  expect(device.pace(inference, 1, 0)).toBe(1)
  for (let at = 1; at <= 100; at++) idleTo(device, at)
  expect(device.pace(inference, 1, 100)).toBe(2)
  for (let at = 101; at <= 200; at++) idleTo(device, at)
  expect(device.pace(inference, 1, 200)).toBe(1)
})

test("a timeline ends with the battery", () => {
  const device = DeviceState.make({ modes: [mode(0, 1, 10)], battery: 45 })
  let at = 0
  const timeline = DeviceState.whileAlive(
    { next: () => ((at += 1), true), at: 0, kind: 0, id: 0, samples: 0, validation: 0, scene: 1 },
    device
  )
  while (timeline.next()) idleTo(device, at)
  expect(at).toBe(5)
})

test("a request takes what is drawn for it", () => {
  const device = DeviceState.make({ modes: [mode(0, 2, 1)], service: () => 3 })
  expect(device.pace(inference, 0.1, 0)).toBe(6)
  expect(device.pace(idle, 0.1, 0)).toBe(0.2)
})
