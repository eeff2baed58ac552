import * as Policies from "@edgeol/core/Policies"
import { ConfigError } from "@edgeol/core/Policy"
import { anyConfig, anySpecification, build, check, laws } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const specifications = [
  "never",
  "immediate",
  "periodic:3",
  "frequency:needMin=2,needMax=4,pull=0.5,trustAbove=0",
  "freeze:every=2,hits=1,settled=0.2",
  "freeze:every=1,prefix=false,keepLast=2,thaw=0",
  "prefix:2",
  "edgeol",
  "edgeol:frequency.trustAbove=0,frequency.trainOnChange=true,freeze.every=2,energy.window=2,labels.z=1",
  "edgeol:detector=oracle,freeze.every=3",
  "edgeol:detector=none,frequency.window=3,frequency.gridSize=8"
]

for (const specification of specifications) laws.policy(Policies.parse(specification))

test("every policy has arbitrary configurations, and laws above", () => {
  const named = specifications.map((specification) => specification.replace(/:.*/, ""))
  expect(new Set(Object.keys(Policies.all))).toEqual(new Set(Object.keys(anyConfig)))
  expect(new Set(named)).toEqual(new Set(Object.keys(Policies.all)))
})

test("the laws hold for every configuration, alone and under guards", () => {
  const kept = fc.property(anySpecification(), (specification) => {
    expect(check(build(specification), { runs: 5 })).toBeUndefined()
  })
  fc.assert(kept, { numRuns: 60 })
})

describe("parse", () => {
  test("keeps the specification as the name, and takes short, full and nested fields", () => {
    expect(Policies.parse("periodic:4").config).toEqual({ every: 4 })
    expect(Policies.parse("periodic:every=4").config).toEqual({ every: 4 })
    expect(Policies.parse("periodic:4").name).toBe("periodic:4")
    expect(JSON.stringify(Policies.parse("edgeol:freeze.prefix=false,detector=oracle").config)).toContain(
      '"prefix":false'
    )
  })

  test.each([
    ["nope", 'There is no policy "nope"; there are never, immediate, periodic, frequency, freeze, prefix, edgeol.'],
    ["constructor", 'There is no policy "constructor"; there are'],
    ["", 'There is no policy "'],
    ["periodic", "periodic: every: missing key."],
    ["periodic:0", "periodic: every: expected a value greater than 0."],
    ["periodic:1.5", "periodic: every: expected an integer."],
    ["periodic:x", "periodic: every: expected number."],
    ["periodic:NaN", "periodic: every: expected an integer."],
    ["periodic:often=2", 'there is no field "often".'],
    ["periodic:every=2,every.x=3", 'every is a value and has no field "x".'],
    ["never:5", 'never: there is no field "5".'],
    ["immediate:every=2", 'immediate: there is no field "every".'],
    ["edgeol:__proto__.polluted=1", 'edgeol: there is no field "__proto__".'],
    ["edgeol:frequency.gain=NaN", "edgeol: frequency.gain: expected a finite number."],
    ["edgeol:frequency.needMin=9", "edgeol: frequency.needMin: expected at most needMax, which is 8."],
    ["edgeol:detector=magic", 'edgeol: detector: expected "both" | "energy" | "labels" | "oracle" | "none".'],
    ["edgeol:freez.every=3", 'edgeol: there is no field "freez".']
  ])("says in one sentence what is wrong with %j", (specification, message) => {
    expect(() => Policies.parse(specification)).toThrow(ConfigError)
    expect(() => Policies.parse(specification)).toThrow(message)
    expect("polluted" in {}).toBe(false)
  })
})
