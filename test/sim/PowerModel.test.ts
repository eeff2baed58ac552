import * as Ledger from "@edgeol/core/Ledger"
import * as PowerModel from "@edgeol/sim/PowerModel"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import device from "../../packages/sim/devices/orin-nano.json" with { type: "json" }

/** Milliseconds by activity. */
const anyLedger = fc
  .array(fc.tuple(fc.constantFrom(...Ledger.activities), fc.integer({ min: 0, max: 100_000 })), { maxLength: 20 })
  .map((costs) =>
    Ledger.add(
      Ledger.empty,
      costs.map(([activity, millis]) => Ledger.cost(activity, millis / 1000))
    )
  )

const models = Object.keys(device.modes).map((mode) => PowerModel.load(`orin-nano@${mode}`))

describe("watts", () => {
  test("at orin-nano@15W are those of the formulas, worked out by hand", () => {
    const { watts } = PowerModel.load("orin-nano@15W")
    const { idle, core, clocks, joules, work } = device
    const [n, cpu, gpu, mem] = [6, 1.5104, 0.62475, 2.133]
    const nothing = idle.base + idle.mem * mem + idle.gpu * gpu + idle.cpu * n * cpu
    expect(watts.idle).toBeCloseTo(nothing, 9)
    expect(watts.startUp).toBeCloseTo(nothing + core.linear * cpu + core.cubic * cpu ** 3, 9)
    const running =
      clocks.p0 + clocks.a * mem + clocks.b * gpu + clocks.c * gpu ** 3 + n * (clocks.d * cpu + clocks.h * cpu ** 3)
    const seconds = ((work.gpu / gpu) ** work.q + (work.mem / mem) ** work.q + work.fixed ** work.q) ** (1 / work.q)
    const perGigabyte = joules.e + joules.g * gpu ** 2 + joules.u * cpu ** 2 + joules.m * mem
    expect(watts.forward).toBeCloseTo(running + perGigabyte / seconds, 9)
    // What the profile of its one workload has there is 11.9 W.
    expect(watts.forward).toBeCloseTo(11.9, 0)
  })

  test("are positive, least when idle and most in training", () => {
    for (const { watts } of models) {
      expect(watts.idle).toBeGreaterThan(0)
      for (const activity of Ledger.activities) {
        expect(watts[activity]).toBeGreaterThanOrEqual(watts.idle)
        expect(watts[activity]).toBeLessThanOrEqual(watts.backward)
      }
    }
  })

  test("of a mode with higher clocks are higher", () => {
    const [high, low] = ["15W", "7W"].map((mode) => PowerModel.load(`orin-nano@${mode}`))
    for (const clock of ["cpu", "gpu", "cores"] as const) {
      expect(device.modes["15W"][clock]).toBeGreaterThan(device.modes["7W"][clock])
    }
    for (const activity of Ledger.activities) expect(high!.watts[activity]).toBeGreaterThan(low!.watts[activity])
  })
})

describe("energy", () => {
  test("of two ledgers is the sum of theirs", () => {
    let spent = 0
    const additive = fc.property(fc.constantFrom(...models), anyLedger, anyLedger, (model, a, b) => {
      const energy = PowerModel.energy(model)
      expect(energy(Ledger.merge(a, b))).toBeCloseTo(energy(a) + energy(b), 6)
      if (energy(a) > 0 && energy(b) > 0) spent += 1
    })
    fc.assert(additive)
    expect(spent).toBeGreaterThan(50)
  })

  test("is seconds times watts, and nothing for nothing", () => {
    const model = PowerModel.load("orin-nano")
    expect(PowerModel.energy(model)(Ledger.empty)).toBe(0)
    for (const activity of Ledger.activities) {
      const minute = Ledger.add(Ledger.empty, [Ledger.cost(activity, 60)])
      expect(PowerModel.energy(model)(minute)).toBe(60 * model.watts[activity])
    }
  })
})

describe("a name", () => {
  test("without a mode means the device's default", () => {
    expect(PowerModel.load("orin-nano")).toEqual(PowerModel.load(`orin-nano@${device.default}`))
    expect(PowerModel.load("orin-nano").name).toBe("orin-nano@15W")
  })

  test.each([
    ["toaster", /^There is no device "toaster"; there are .*orin-nano.*\.$/],
    ["orin-nano@90W", /^orin-nano has no power mode "90W"; there are 15W, 7W.*\.$/],
    ["orin-nano@toString", /^orin-nano has no power mode "toString"; /]
  ])("such as %s is refused with those that exist", (name, sentence) => {
    expect(() => PowerModel.load(name)).toThrow(sentence)
  })
})
