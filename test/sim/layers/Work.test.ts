import * as Formula from "@edgeol/sim/cost/Formula"
import * as Start from "@edgeol/sim/cost/Start"
import * as Forms from "@edgeol/sim/layers/Forms"
import * as Layer from "@edgeol/sim/layers/Layer"
import * as Work from "@edgeol/sim/layers/Work"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { network, other } from "./machines.ts"

const networks = fc.constantFrom(network, other)
const batch = fc.integer({ min: 1, max: 512 })

test("counts multiply-adds of the forward pass once a sample, and of each gradient as often", () => {
  fc.assert(
    fc.property(networks, batch, (of, samples) => {
      const forward = Work.total(of, "forward", { batch: samples, depth: 0 })
      const macs = (forward.conv ?? 0) + (forward.depthwise ?? 0) + (forward.dense ?? 0)
      expect(macs).toBe(samples * Layer.macs(of))
      const backward = Work.total(of, "backward", { batch: samples, depth: 0 })
      expect(backward.convWeights).toBe(forward.conv)
      expect(backward.convInput).toBeLessThan(forward.conv!) // nobody wants the gradient by the samples
      expect(backward.depthwiseWeights).toBe(forward.depthwise)
    })
  )
})

test("asks for the kernels that the layers list, at every depth", () => {
  for (const of of [network, other]) {
    of.units.forEach((_, depth) => {
      const calls = Work.passes
        .map((pass) => Work.total(of, pass, { batch: 3, depth }))
        .reduce((sum, work) => sum + (work.convCalls ?? 0) + (work.normCalls ?? 0) + (work.calls ?? 0), 0)
      expect(calls).toBe(of.layers.reduce((sum, layer) => sum + Layer.launches(layer, depth), 0))
    })
  }
})

test("trains fewer numbers the deeper the prefix that is frozen, and reads as many samples", () => {
  const at = (depth: number) => ({
    numbers: Work.total(network, "optimiser", { batch: 1, depth }).numbers!,
    prepared: Work.total(network, "forward", { batch: 1, depth }).prepared
  })
  const depths = network.units.map((_, depth) => at(depth))
  depths.slice(1).forEach(({ numbers, prepared }, i) => {
    expect(numbers).toBeLessThan(depths[i]!.numbers)
    expect(prepared).toBe(4 * 32 * 32 * 3)
  })
  expect(depths.at(-1)!.numbers).toBe(64 * 16 + 16)
})

test("has formulas whose units agree, linear in coefficients, with every amount a quantity of work", () => {
  for (const formula of Object.values(Forms.all)) {
    const compiled = Formula.compile(formula)
    const row = compiled.inputs.map((_, i) => 1 + i)
    expect(Start.isLinear(compiled, [row])).toBe(true)
    const known: ReadonlyArray<string> = [...Work.quantities, "threads"]
    expect(compiled.inputs.filter((name) => !known.includes(name))).toEqual([])
  }
})
