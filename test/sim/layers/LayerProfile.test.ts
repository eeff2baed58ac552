import { ProfileError } from "@edgeol/sim/cost/Profile"
import * as LayerCost from "@edgeol/sim/layers/LayerCost"
import * as LayerProfile from "@edgeol/sim/layers/LayerProfile"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { network, observe } from "./machines.ts"

const observations = observe(0.02, 1)
const provenance = { machine: "a known one", command: "none", versions: { edgeol: "0" }, steps: 70, note: "" }
const profile = LayerProfile.make(
  { name: "test/resnet8", provenance, network, heldOut: LayerCost.judge(network, observations) ?? null },
  LayerCost.fit(network, observations)
)
const text = LayerProfile.print(profile)

const fails = (changed: string): string => {
  try {
    LayerProfile.parse("p.json", changed)
  } catch (error) {
    expect(error).toBeInstanceOf(ProfileError)
    return (error as Error).message
  }
  return ""
}

test("comes back from its text as it was", () => {
  const again = LayerProfile.parse("p.json", text)
  expect(again.body).toEqual(profile.body)
  expect(JSON.parse(LayerProfile.print(again))).toEqual(JSON.parse(text))
  for (const at of observations) {
    expect(LayerCost.predict(again.cost, network, at)).toEqual(LayerCost.predict(profile.cost, network, at))
  }
})

test("says what is wrong with a file, and what to do", () => {
  const line = /^p\.json: [^\n]+; make it anew with edgeol calibrate\.$/
  expect(fails("")).toMatch(line)
  expect(fails("{}")).toMatch(/version none/)
  expect(fails(text.replace('"version": 1', '"version": 7'))).toMatch(/version 7, .* reads version 1/)
  expect(fails(text.replace('"steps": 70', '"steps": 71'))).toMatch(/hash/)
  expect(fails(text.replace('"steps": 70', '"steps": "many"'))).toMatch(/fields/)
})

test("never takes a damaged file for a whole one", () => {
  const bytes = Buffer.from(text)
  let refused = 0
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 7 }), fc.boolean(), (at, bit, cut) => {
      const damaged = Buffer.from(cut ? bytes.subarray(0, at) : bytes)
      if (!cut) damaged[at] = damaged[at]! ^ (1 << bit)
      const message = fails(damaged.toString("utf8"))
      if (message === "") expect(JSON.parse(damaged.toString("utf8"))).toEqual(JSON.parse(text))
      else refused++
    }),
    { numRuns: 1000 }
  )
  expect(refused).toBeGreaterThan(900)
})
