import * as Ledger from "@edgeol/core/Ledger"
import * as CostModel from "@edgeol/sim/CostModel"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const models = [CostModel.load("convnet"), CostModel.load("resnet8")]

const anyModel = fc.constantFrom(...models)
const samples = fc.integer({ min: 0, max: 500 })
const mask = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 })
const total = (costs: ReadonlyArray<Ledger.Cost>) => Ledger.total(Ledger.add(Ledger.empty, costs))
const prefix = (units: number, frozen: number) => Array.from({ length: units }, (_, i) => i < frozen)

describe("a training step", () => {
  test("takes longer with more samples", () => {
    const monotone = fc.property(anyModel, samples, samples, mask, (model, a, b, frozen) => {
      const [fewer, more] = [Math.min(a, b), Math.max(a, b) + 1]
      expect(total(CostModel.step(model, more, frozen))).toBeGreaterThan(total(CostModel.step(model, fewer, frozen)))
    })
    fc.assert(monotone)
  })

  test("takes no longer with a longer frozen prefix, and less with the whole", () => {
    const shorter = fc.property(anyModel, samples, fc.integer({ min: 1, max: 9 }), (model, n, units) => {
      const times = Array.from({ length: units + 1 }, (_, k) => total(CostModel.step(model, n, prefix(units, k))))
      times.slice(1).forEach((time, k) => expect(time).toBeLessThanOrEqual(times[k]!))
    })
    fc.assert(shorter)
    for (const model of models) {
      const depth = model.backwardByDepth.length
      const [none, all] = [prefix(depth, 0), prefix(depth, depth)]
      expect(total(CostModel.step(model, 16, all))).toBeLessThan(0.9 * total(CostModel.step(model, 16, none)))
    }
  })

  test("is cut by a prefix alone: what is frozen behind an open unit saves nothing", () => {
    let behind = 0
    const same = fc.property(anyModel, samples, mask, (model, n, frozen) => {
      const open = frozen.indexOf(false)
      const bare = frozen.map((_, unit) => open < 0 || unit < open)
      expect(CostModel.step(model, n, frozen)).toEqual(CostModel.step(model, n, bare))
      if (open >= 0 && frozen.includes(true, open)) behind += 1
    })
    fc.assert(same)
    expect(behind).toBeGreaterThan(20)
  })

  test("with kept activations costs less forward by what the prefix does, for the samples whose they are", () => {
    const model = { ...CostModel.load("resnet8"), forwardByDepth: [1, 0.5, 0.25] }
    const all = CostModel.forward(model, 16, prefix(5, 2), 16)
    expect(CostModel.forward(model, 16, prefix(5, 2))).toBe(CostModel.seconds(model.forward, 16))
    expect(all).toBeCloseTo(model.forward.fixed + model.forward.perSample * 4, 12)
    expect(CostModel.forward(model, 16, prefix(5, 2), 8)).toBeCloseTo((all + CostModel.forward(model, 16, [])) / 2, 12)
    expect(CostModel.forward(model, 16, prefix(5, 0), 16)).toBe(CostModel.seconds(model.forward, 16))
    const unmeasured = CostModel.load("resnet8")
    expect(CostModel.forward(unmeasured, 16, prefix(5, 2), 16)).toBeLessThan(CostModel.forward(unmeasured, 16, []))
  })

  test("is billed to its three parts, and only the backward pass is cut", () => {
    const model = CostModel.load("convnet")
    const [open, frozen] = [CostModel.step(model, 16, [false, false]), CostModel.step(model, 16, [true, false])]
    expect(open.map(({ activity }) => activity)).toEqual(["forward", "backward", "optimiser"])
    expect(open[0]).toEqual(frozen[0])
    expect(open[1]!.seconds).toBe(model.backward.fixed + 16 * model.backward.perSample)
    expect(frozen[1]!.seconds).toBe(open[1]!.seconds * model.backwardByDepth[1]!)
    expect(open[2]).toEqual(frozen[2])
  })
})

test("a pass is fixed + perSample · n seconds of its activity", () => {
  for (const model of models) {
    for (const activity of ["inference", "probe", "validation"] as const) {
      const { fixed, perSample } = model[activity]
      expect(CostModel.pass(model, activity, 7)).toEqual(Ledger.cost(activity, fixed + perSample * 7))
      expect(CostModel.pass(model, activity, 8).seconds).toBeGreaterThan(fixed)
    }
  }
})

test("what was measured says where, and is no less than nothing", () => {
  for (const { source, startUp, load, save, optimiser, forward, backward, backwardByDepth } of models) {
    expect(source).toMatch(/^node test\/bench\/\S+\.ts /)
    for (const time of [startUp, load, save, optimiser, forward.perSample, backward.perSample, ...backwardByDepth]) {
      expect(time).toBeGreaterThan(0)
    }
    expect(backwardByDepth[0]).toBe(1)
  }
})
