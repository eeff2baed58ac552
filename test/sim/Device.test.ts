import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Devices from "@edgeol/cli/Devices"
import { activities } from "@edgeol/core/Ledger"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Profile from "@edgeol/sim/cost/Profile"
import * as Workloads from "@edgeol/sim/cost/Workloads"
import * as Device from "@edgeol/sim/Device"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { network, other } from "./layers/machines.ts"

const names = Device.boards.flatMap((board) => Object.keys(board.modes).map((mode) => `${board.name}@${mode}`))

const folder = fileURLToPath(new URL("../../packages/sim/profiles/", import.meta.url))
const profiles = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const profile = Profile.parse(file, readFileSync(`${folder}${file}`, "utf8"))
      return [profile.body.name, profile] as const
    })
)

describe("the workloads that were measured", () => {
  it("have the multiply-adds that their authors state", () => {
    // He et al. 2016: 1.8e9; Howard et al. 2019, table 3: 219e6 with 1000 classes.
    expect(Workloads.all["resnet-18"]!.macs / 1.81e9).toBeCloseTo(1, 1)
    expect(Workloads.all["mobilenet-v3"]!.macs / 219e6).toBeCloseTo(1, 1)
    // 12 layers of 7.1e6 weights at 512 words, and attention.
    expect(Workloads.all["bert-base"]!.macs / 48.3e9).toBeCloseTo(1, 2)
    expect(Workloads.all["lenet-5"]!.macs / 416_520).toBe(1)
  })
})

describe("a device's rates", () => {
  it("are those of the committed profiles", () => {
    const off = Devices.errors(profiles)
    const { note: _, ...shape } = Device.boards.find(({ name }) => name === "agx-xavier")!.idle
    for (const board of Device.boards) {
      const { idle, ...again } = Devices.computed(board.name, profiles, shape, off)
      expect(board).toMatchObject(again)
      expect(board.idle.mem / idle.mem).toBeCloseTo(1, 2)
    }
  })

  it("cover with their spread nine in ten steps and powers of workloads that they have not seen", () => {
    const off = Devices.errors(profiles)
    const { step, watts } = Device.boards.find(({ name }) => name === "agx-orin")!.spread
    const share = (errors: ReadonlyArray<number>, width: number) =>
      errors.filter((error) => error <= Math.log1p(width)).length / errors.length
    expect(share(off.step, step)).toBeGreaterThanOrEqual(0.9)
    expect(share(off.watts, watts)).toBeGreaterThanOrEqual(0.88)
    expect(Math.min(off.step.length, off.watts.length)).toBeGreaterThan(150)
  })

  it("say what LeNet-5 takes, which is nothing but calls", () => {
    // Compute of a step, figure 3 of doi 10.1145/3570604: what the calls' cycles were read from.
    const measured = { "agx-xavier@MAXN": 5.67e-3, "xavier-nx@15W_6C": 8.78e-3, "nano@MAXN": 14.1e-3 }
    const lenet = { bytes: Workloads.all["lenet-5"]!.bytes, calls: 80 }
    for (const [name, seconds] of Object.entries(measured)) {
      expect(Math.abs(Math.log(Device.time(Device.load(name), lenet) / seconds))).toBeLessThan(0.1)
    }
  })

  it("give idle watts as measured on AGX Xavier", () => {
    // Base power at MAXN and in mode a, figure 9 of the same.
    expect(Math.abs(Device.idleWatts(Device.load("agx-xavier@MAXN")) / 7.44 - 1)).toBeLessThan(0.05)
    expect(Math.abs(Device.idleWatts(Device.load("agx-xavier@15W")) / 4.8 - 1)).toBeLessThan(0.05)
  })
})

const settings = fc.record({
  name: fc.constantFrom(...names),
  of: fc.constantFrom(network, other),
  batch: fc.integer({ min: 1, max: 64 })
})

const all = (count: number) => Array.from({ length: count }, () => false)
const prefix = (count: number, frozen: number) => all(count).map((_, i) => i < frozen)
const total = (costs: ReturnType<typeof CostModel.step>) => costs.reduce((sum, { seconds }) => sum + seconds, 0)

describe("costs of a network on a device", () => {
  it("are positive, grow with the batch and fall with the frozen units", () => {
    fc.assert(
      fc.property(settings, ({ name, of, batch }) => {
        const costs = Device.costs(Device.load(name), of, batch)
        const units = of.units.length
        const steps = Array.from({ length: units + 1 }, (_, k) => total(CostModel.step(costs, batch, prefix(units, k))))
        for (const [k, seconds] of steps.entries()) {
          expect(seconds).toBeGreaterThan(0)
          if (k > 0) expect(seconds).toBeLessThanOrEqual(steps[k - 1]!)
        }
        expect(steps[units]!).toBeLessThan(0.8 * steps[0]!)
        for (const activity of ["inference", "probe", "validation"] as const) {
          const [one, more] = [1, batch].map((n) => CostModel.pass(costs, activity, n).seconds)
          expect(one).toBeGreaterThan(0)
          expect(more).toBeGreaterThanOrEqual(one!)
        }
        expect(costs.name).toContain("extrapolated")
      })
    )
  })

  it("are least on the fastest board, and a slower mode never makes them less", () => {
    const step = (name: string) => total(CostModel.step(Device.costs(Device.load(name), network, 16), 16, all(5)))
    expect(step("agx-orin@MAXN")).toBeLessThan(step("orin-nano@15W"))
    expect(step("orin-nano@15W")).toBeLessThan(step("orin-nano@7W"))
    expect(step("agx-xavier@MAXN")).toBeLessThan(step("nano@MAXN"))
    expect(step("agx-orin@50W")).toBeLessThan(step("agx-orin@15W"))
  })

  it("draw more than idle watts, and no more than the workloads that were measured, which keep the board busy", () => {
    fc.assert(
      fc.property(settings, ({ name, of, batch }) => {
        const device = Device.load(name)
        const [own, busy] = [Device.power(device, of, batch).watts, Device.power(device).watts]
        for (const activity of activities) {
          expect(own[activity]).toBeGreaterThanOrEqual(own.idle)
          expect(own[activity]).toBeLessThanOrEqual(busy[activity] + 1e-9)
        }
      })
    )
  })

  it("have wider intervals on boards that were measured in one mode", () => {
    const width = (name: string) => Device.spread(Device.load(name))
    expect(width("nano").seconds.backward).toBeGreaterThan(width("agx-orin").seconds.backward)
    expect(width("xavier-nx").watts.backward).toBeGreaterThan(width("agx-xavier").watts.backward)
    for (const name of names) {
      for (const activity of activities) expect(width(name).watts[activity]).toBeGreaterThan(0.2)
    }
  })
})
